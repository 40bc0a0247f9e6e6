import type { StackName } from './stacks.ts'

/** A team's own configuration, laid over ours; every path is absolute. */
export type Overlay = Readonly<{
  folder: string
  /** Values files that helm gets after ours. */
  values: Readonly<Partial<Record<StackName, string>>>
  /** The same for the new version in an upgrade check. */
  nextValues: Readonly<Partial<Record<StackName, string>>>
  /** Manifests that are applied with ours. */
  manifests: readonly string[]
  /** Path of `claims.yaml`, if there is one. */
  claims?: string
  /** Path of `accepted.yaml`, if there is one. */
  accepted?: string
}>
