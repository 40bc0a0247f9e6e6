import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The registries that the images of the stacks come from. */
export const registries = ['docker.io', 'quay.io', 'ghcr.io', 'registry.k8s.io'] as const

/**
 * Writes a `certs.d` folder with which containerd pulls from these hosts, in this order, before the registry itself; or
 * with `only`, from that host alone.
 * Nodes of kind 0.27 and later read it from /etc/containerd/certs.d at each pull, without further configuration.
 * @see https://github.com/containerd/containerd/blob/main/docs/hosts.md
 */
export const writeMirrorFiles = async (
  folder: string,
  hosts: readonly string[],
  only?: string,
): Promise<void> => {
  const tables = (only === undefined ? hosts : [only]).map(
    (host) => `[host."${host}"]\n  capabilities = ["pull", "resolve"]\n`,
  )
  // The server is asked last, and is the registry itself by default.
  const text = [...(only === undefined ? [] : [`server = "${only}"\n`]), ...tables].join('\n')
  // For every other registry. A kept cluster may have it from a run with a bundle.
  await rm(join(folder, '_default'), { recursive: true, force: true })
  await Promise.all(
    [...registries, ...(only === undefined ? [] : ['_default'])].map(async (registry) => {
      await mkdir(join(folder, registry), { recursive: true })
      await writeFile(join(folder, registry, 'hosts.toml'), text)
    }),
  )
}
