import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The registries that the images of the stacks come from. */
export const registries = ['docker.io', 'quay.io', 'ghcr.io', 'registry.k8s.io'] as const

/**
 * Writes a `certs.d` folder with which containerd pulls from these hosts, in this order, before the registry itself.
 * Nodes of kind 0.27 and later read it from /etc/containerd/certs.d at each pull, without further configuration.
 * @see https://github.com/containerd/containerd/blob/main/docs/hosts.md
 */
export const writeMirrorFiles = async (folder: string, hosts: readonly string[]): Promise<void> => {
  const text = hosts.map((host) => `[host."${host}"]\n  capabilities = ["pull", "resolve"]\n`).join('\n')
  await Promise.all(
    registries.map(async (registry) => {
      await mkdir(join(folder, registry), { recursive: true })
      await writeFile(join(folder, registry, 'hosts.toml'), text)
    }),
  )
}
