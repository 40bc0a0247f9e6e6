import type { KubernetesObject, RbacV1Subject, V1PolicyRule, V1RoleRef } from '@kubernetes/client-node'

/** An object of any observed kind. */
export type Found = KubernetesObject &
  Readonly<{
    spec?: unknown
    /** Null in a Role without rules. */
    rules?: readonly V1PolicyRule[] | null
    roleRef?: V1RoleRef
    subjects?: readonly RbacV1Subject[]
    webhooks?: readonly Readonly<{ name: string; failurePolicy?: string }>[]
  }>
