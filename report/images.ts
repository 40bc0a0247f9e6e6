import type { CoreV1Event } from '@kubernetes/client-node'
import { countOf, describeBytes } from '../lib/messages.ts'
import { fullName } from '../lib/imageReference.ts'
import { theBundle, thisMachine, type Transfer } from '../setup/imageCache.ts'

/** Where the containers of a run got an image from. */
export type ImageUse = Readonly<{
  image: string
  /** Containers that found it on their node. */
  kept: number
  /** Containers whose node pulled it. */
  pulled: number
  /** Of the slowest pull. */
  seconds: number
  /** Bytes that came from outside this machine, and from which mirror or registry. */
  bytes: number
  sources: readonly string[]
  /** A node pulled it, but not through this machine. */
  pastCache: boolean
  /** A node pulled it from the offline bundle. */
  bundled: boolean
}>

// The kubelet's messages about the image of a container.
// @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/images/image_manager.go
const pulledPattern = /^Successfully pulled image "([^"]+)" in ([\dhm.]+)(µs|ms|s)/
const keptPattern = /^Container image "([^"]+)" already present on machine/

const secondsOf = (text: string, unit: string): number => {
  const [, minutes = '0', rest = '0'] = /^(?:(\d+)m)?([\d.]+)$/.exec(text) ?? []
  const scale: Readonly<Record<string, number>> = { µs: 1e-6, ms: 1e-3, s: 1 }
  return Number(minutes) * 60 + Number(rest) * (scale[unit] ?? 1)
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

const bytesOf = (transfers: readonly Transfer[]) => sum(transfers.map(({ bytes }) => bytes))
const isFromBundle = ({ from }: Transfer) => from === theBundle
const isFromOutside = ({ from }: Transfer) => from !== thisMachine && from !== theBundle
const sourcesOf = (transfers: readonly Transfer[]) => [...new Set(transfers.map(({ from }) => from))]

/**
 * Each image of the pods, by name.
 * @param events of reason Pulled
 * @param transfers of this machine's image cache during the run
 */
export const imageUses = (
  events: readonly CoreV1Event[],
  transfers: readonly Transfer[],
): readonly ImageUse[] => {
  const uses = events.flatMap(({ message = '', count = 1 }) => {
    const [, pulled, seconds = '', unit = ''] = pulledPattern.exec(message) ?? []
    if (pulled !== undefined)
      return { image: pulled, pulled: count, kept: 0, seconds: secondsOf(seconds, unit) }
    const [, kept] = keptPattern.exec(message) ?? []
    return kept === undefined ? [] : { image: kept, pulled: 0, kept: count, seconds: 0 }
  })
  // Pods write the same image in several ways, such as `busybox` and `docker.io/library/busybox`.
  const images = Object.entries(Object.groupBy(uses, ({ image }) => fullName(image)))
  return images
    .map(([image, ofImage = []]) => {
      const ofRepository = transfers.filter((transfer) => image.startsWith(`${transfer.image}:`))
      const outside = ofRepository.filter(isFromOutside)
      const pulled = sum(ofImage.map((use) => use.pulled))
      return {
        image,
        kept: sum(ofImage.map((use) => use.kept)),
        pulled,
        seconds: Math.max(...ofImage.map((use) => use.seconds)),
        bytes: bytesOf(outside),
        sources: sourcesOf(outside),
        pastCache: pulled > 0 && ofRepository.every(isFromOutside),
        bundled: pulled > 0 && ofRepository.some(isFromBundle),
      }
    })
    .sort((a, b) => b.bytes - a.bytes || a.image.localeCompare(b.image))
}

/** Where the image came from, in words. */
export const describeSource = ({ pastCache, sources, pulled, bundled }: ImageUse): string => {
  if (pastCache) return 'the mirror or the registry, past the image cache'
  if (sources.length > 0) return sources.join(', ')
  if (bundled) return theBundle
  return pulled > 0 ? 'the image cache' : 'kept on the nodes'
}

/**
 * `253 MB from quay.io`, and how many images the nodes pulled from the bundle, or without the cache, whose bytes are not
 * counted.
 */
export const describeImages = (uses: readonly ImageUse[]): string => {
  const bytes = sum(uses.map((use) => use.bytes))
  const sources = [...new Set(uses.flatMap((use) => use.sources))]
  const bundled = uses.filter((use) => use.bundled)
  const past = uses.filter(({ pastCache }) => pastCache)
  const from = bytes === 0 ? '0 bytes from outside' : `${describeBytes(bytes)} from ${sources.join(', ')}`
  return [
    from,
    ...(bundled.length === 0 ? [] : [`${countOf(bundled.length, 'image')} from ${theBundle}`]),
    ...(past.length === 0
      ? []
      : [`${countOf(past.length, 'image')} pulled past the image cache, not counted`]),
  ].join('; ')
}
