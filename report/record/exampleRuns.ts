import type { RecordedRun } from './run.ts'

type Changes = Partial<Omit<RecordedRun, 'claims'>> &
  Readonly<{ broken?: readonly string[]; wholeRun?: number; logsShape?: number }>

/** The run of a night in November on Kubernetes 1.36 that holds two claims, unless something else is given. */
export const nightOf = (
  november: number,
  { broken = [], wholeRun = 80, logsShape = 4, ...changes }: Changes = {},
): RecordedRun => ({
  version: 1,
  finishedAt: `2026-11-${String(november).padStart(2, '0')}T03:21:00.000Z`,
  commit: 'a'.repeat(40),
  state: broken.length === 0 ? 'passed' : 'failed',
  versions: { 'node image': 'kindest/node:v1.36.4@sha256:0f1e', 'chart vector': '0.57.0' },
  steps: [
    { name: 'API server', from: 0, seconds: 15, ok: true },
    { name: 'claims', from: 15, seconds: wholeRun - 15, ok: true },
  ],
  ...changes,
  claims: ['vector-pods', 'logs-shape'].map((id) => ({
    id,
    verdict: broken.includes(id) ? 'broken' : 'holds',
    seconds: id === 'logs-shape' ? logsShape : 1,
  })),
})
