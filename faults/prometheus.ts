import {
  prometheusPods,
  reloadPrometheus as reload,
  reloadUntilRefused as refuse,
} from '../setup/reloadPrometheus.ts'
import { killPods, type Live } from './change.ts'

export const reloadPrometheus = ({ kubernetes, within }: Live): Promise<void> => reload(kubernetes, within)

/** The same, and without the samples of before: rates over minutes begin anew instead of fading. */
export const renewPrometheus = async (live: Live): Promise<void> => {
  await reloadPrometheus(live)
  await killPods(prometheusPods.namespace, prometheusPods.labelSelector)(live)
}

export const reloadUntilRefused = ({ kubernetes, within }: Live): Promise<void> => refuse(kubernetes, within)
