import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import { eventsOf } from './evidence.ts'
import type { Cause, Evidence } from './types.ts'

const defaultClass = 'storageclass.kubernetes.io/is-default-class'

const unboundCause = (pvc: V1PersistentVolumeClaim, evidence: Evidence): Cause => {
  const { storageClasses } = evidence
  const { storageClassName: wanted } = pvc.spec ?? {}
  const storageClass = storageClasses.find(({ metadata }) => metadata?.name === wanted)
  const names = storageClasses.map(({ metadata }) => metadata?.name).join(', ') || 'none'
  const newest = eventsOf(evidence, 'PersistentVolumeClaim', pvc.metadata)[0]?.message?.trim()
  const said = newest ? `: ${newest.split('. ', 1)[0]}` : ''
  const choose = `name one that exists where values/ or manifests/ set storageClass (${names})`
  if (wanted === '')
    return {
      cause: `it wants a volume that is there already (its StorageClass is empty), and none fits${said}`,
      remedy: choose,
    }
  if (wanted === undefined) {
    const isDefault = storageClasses.some(({ metadata }) => metadata?.annotations?.[defaultClass] === 'true')
    return {
      cause: isDefault
        ? `no volume has been made for it${said}`
        : 'it names no StorageClass, and none is the default',
      remedy: isDefault ? '`kubectl get pods -A` shows whether the provisioner runs' : choose,
    }
  }
  if (!storageClass) return { cause: `its StorageClass ${wanted} does not exist`, remedy: choose }
  return {
    cause: `its StorageClass ${wanted} (provisioner ${storageClass.provisioner}) has made no volume${said}`,
    remedy: `see whether a pod of provisioner ${storageClass.provisioner} is Ready: \`kubectl get pods -A\``,
  }
}

/** Why the PersistentVolumeClaims of a pod keep it from starting; undefined if all are bound, or none are known. */
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
        remedy: `create it, or name one that is there: \`kubectl -n ${namespace} get persistentvolumeclaims\``,
      }
    if (pvc.status?.phase === 'Bound') continue
    const { cause, ...rest } = unboundCause(pvc, evidence)
    return { cause: `${what} is ${pvc.status?.phase ?? 'without a phase'}: ${cause}`, ...rest }
  }
  return undefined
}

const kindOf = (word: string) => (word.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap')

const missingObject = (kind: string, namespace: string | undefined, name: string) => ({
  cause: `${kind} ${namespace}/${name} does not exist`,
  remedy: `create it, or name one that is there: \`kubectl -n ${namespace} get ${kind.toLowerCase()}s\``,
})
const missingKey = (kind: string, namespace: string | undefined, name: string, key: string) => ({
  cause: `${kind} ${namespace}/${name} has no key ${key}`,
  remedy: `add the key, or name one that it has: \`kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}\``,
})

/** What the kubelet misses that a container or a volume refers to; undefined where its message says something else. */
export const missingReference = (pod: V1Pod, message: string): Cause | undefined => {
  const { namespace } = pod.metadata ?? {}
  const object = /(configmap|secret) "([^"]+)" not found/.exec(message)
  if (object) return missingObject(kindOf(object[1] ?? ''), namespace, object[2] ?? '')
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) \S+\/(\S+)/.exec(message)
  if (key) return missingKey(key[2] ?? '', namespace, key[3] ?? '', key[1] ?? '')
  const item = /for volume "([^"]+)" : .*references non-existent (?:config|secret) key: (\S+)/.exec(message)
  const volume = pod.spec?.volumes?.find(({ name }) => name === item?.[1])
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
  const [, volume, why = message] =
    /^\S+ failed for volume "([^"]+)" : (.*)$/s.exec(message.trim()) ?? ([] as string[])
  return (
    missingReference(pod, message) ?? {
      cause: `${volume === undefined ? 'a volume' : `volume ${volume}`} cannot be mounted: ${why.trim()}`,
      remedy: `correct the volume where values/ or manifests/ set it: \`kubectl -n ${pod.metadata?.namespace} get pod ${pod.metadata?.name} -o yaml\` has it`,
    }
  )
}
