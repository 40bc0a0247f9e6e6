/** What a report says about the recording from which it was made. */
export type RecordedLook = Readonly<{
  /** ISO 8601. */
  takenAt: string
  /** Name of the fault, or `healthy`. */
  name: string
  sentence: string
  /** `Kubernetes v1.34.4, vector 0.57.0` */
  versions: string
}>

/** `RECORDING of 2026-11-28 16:03 UTC, dashboard-wrapped: …. Taken with Kubernetes …; no cluster was contacted.` */
export const describeRecording = ({ takenAt, name, sentence, versions }: RecordedLook): string =>
  `RECORDING of ${takenAt.slice(0, 16).replace('T', ' ')} UTC, ${name}: ${sentence}. ` +
  `Taken with ${versions}; no cluster was contacted.`

export const recordedVersions = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions)
    .filter(([name]) => name === 'Kubernetes' || name.startsWith('chart '))
    .map(([name, version]) => `${name.replace('chart ', '')} ${version}`)
    .join(', ')
