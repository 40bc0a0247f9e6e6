import {
  prometheusPods,
  reloadPrometheus as reload,
  reloadUntilRefused as refuse,
} from '../setup/reloadPrometheus.ts'
import { killPods, type Live } from './change.ts'

export const reloadPrometheus = ({ kubernetes, within }: Live): Promise<void> => reload(kubernetes, within)

export const restartPrometheus = killPods(prometheusPods.namespace, prometheusPods.labelSelector)

/** Reloads it, and without the samples of before: rates over minutes begin anew instead of fading. */
export const renewPrometheus = async (live: Live): Promise<void> => {
  await reloadPrometheus(live)
  await restartPrometheus(live)
}

export const reloadUntilRefused = ({ kubernetes, within }: Live): Promise<void> => refuse(kubernetes, within)
