import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import { eventsOf } from './evidence.ts'
import type { Cause, Evidence } from './types.ts'

const unboundCause = (pvc: V1PersistentVolumeClaim, evidence: Evidence): Cause => {
  const { storageClasses } = evidence
  // The API server fills in the default StorageClass, if there is one.
  const { storageClassName: wanted = '' } = pvc.spec ?? {}
  const storageClass = storageClasses.find(({ metadata }) => metadata?.name === wanted)
  const names = storageClasses.map(({ metadata }) => metadata?.name).join(', ') || 'none'
  const newest = eventsOf(evidence, 'PersistentVolumeClaim', pvc.metadata)[0]?.message?.trim()
  const event = newest ? `: ${newest.split('. ', 1)[0]}` : ''
  const choose = `name an existing one where values/ or manifests/ set storageClass (${names})`
  if (wanted === '')
    return { cause: `it has no StorageClass, and no existing volume fits${event}`, remedy: choose }
  if (!storageClass) return { cause: `its StorageClass ${wanted} does not exist`, remedy: choose }
  const { provisioner } = storageClass
  return {
    cause: `its StorageClass ${wanted} (provisioner ${provisioner}) has not created a volume${event}`,
    remedy: `check that a pod of provisioner ${provisioner} is Ready: \`kubectl get pods -A\``,
  }
}

/** Which PersistentVolumeClaim keeps a pod from starting, and why; undefined if all are bound or unknown. */
export const pvcCause = (pod: V1Pod, evidence: Evidence | undefined): Cause | undefined => {
  if (!evidence) return undefined
  const { namespace } = pod.metadata ?? {}
  const names = (pod.spec?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  )
  for (const name of names) {
    const what = `PersistentVolumeClaim ${namespace}/${name}`
    const pvc = evidence.pvcs.find(
      ({ metadata }) => metadata?.namespace === namespace && metadata?.name === name,
    )
    if (!pvc)
      return {
        cause: `${what} does not exist`,
        remedy: `create it, or name an existing one: \`kubectl -n ${namespace} get persistentvolumeclaims\``,
      }
    if (pvc.status?.phase === 'Bound') continue
    const { cause, ...rest } = unboundCause(pvc, evidence)
    return { cause: `${what} is ${pvc.status?.phase ?? 'without a phase'}: ${cause}`, ...rest }
  }
  return undefined
}

const missingKey = (kind: string, namespace: string | undefined, name: string, key: string): Cause => ({
  cause: `${kind} ${namespace}/${name} has no key ${key}`,
  remedy: `add the key, or name an existing one: \`kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}\``,
})

/** The missing ConfigMap, Secret or key that the kubelet's message is about; undefined for other messages. */
export const missingReference = (pod: V1Pod, message: string): Cause | undefined => {
  const { namespace } = pod.metadata ?? {}
  const [, object, name] = /(configmap|secret) "([^"]+)" not found/.exec(message) ?? []
  if (object !== undefined)
    return {
      cause: `${object === 'secret' ? 'Secret' : 'ConfigMap'} ${namespace}/${name} does not exist`,
      remedy: `create it, or name an existing one: \`kubectl -n ${namespace} get ${object}s\``,
    }
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) \S+\/(\S+)/.exec(message)
  if (key) return missingKey(key[2] ?? '', namespace, key[3] ?? '', key[1] ?? '')
  const item = /for volume "([^"]+)" : .*references non-existent (?:config|secret) key: (\S+)/.exec(message)
  const volume = pod.spec?.volumes?.find((one) => one.name === item?.[1])
  if (!item || !volume) return undefined
  const { configMap, secret } = volume
  return missingKey(
    secret ? 'Secret' : 'ConfigMap',
    namespace,
    configMap?.name ?? secret?.secretName ?? volume.name,
    item[2] ?? '',
  )
}

/** Why a volume cannot be mounted, from the message of a FailedMount or FailedAttachVolume event. */
export const mountCause = (pod: V1Pod, message: string): Cause => {
  const [, volume, reason = message] = /^\S+ failed for volume "([^"]+)" : (.*)$/s.exec(message.trim()) ?? []
  return (
    missingReference(pod, message) ?? {
      cause: `${volume === undefined ? 'a volume' : `volume ${volume}`} cannot be mounted: ${reason.trim()}`,
      remedy: `correct the volume where values/ or manifests/ set it: \`kubectl -n ${pod.metadata?.namespace} get pod ${pod.metadata?.name} -o yaml\` shows it`,
    }
  )
}
