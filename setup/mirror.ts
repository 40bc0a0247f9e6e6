import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The registries that the images of the stacks come from. */
export const registries = ['docker.io', 'quay.io', 'ghcr.io', 'registry.k8s.io'] as const

/**
 * Writes a `certs.d` folder with which containerd pulls the images of each registry from the mirror.
 * Nodes of kind 0.27 and later read it from /etc/containerd/certs.d without further configuration.
 * @see https://github.com/containerd/containerd/blob/main/docs/hosts.md
 */
export const writeMirrorFiles = async (folder: string, mirror: string): Promise<void> => {
  await Promise.all(
    registries.map(async (registry) => {
      await mkdir(join(folder, registry), { recursive: true })
      const hosts = `[host."${mirror}"]\n  capabilities = ["pull", "resolve"]\n`
      await writeFile(join(folder, registry, 'hosts.toml'), hosts)
    }),
  )
}
