import { parseAllDocuments, stringify } from 'yaml'
import type { Config } from '../config/config.ts'
import { stackOf } from '../config/stacks.ts'
import { eventually } from '../lib/eventually.ts'
import { fullName } from '../lib/imageReference.ts'
import { run } from '../lib/run.ts'
import { isChartStack, renderChart } from './helm.ts'
import { imagesIn } from './images.ts'
import type { Tools } from './tools.ts'

/** The images that every node needs: those of the DaemonSets in rendered manifests. */
export const daemonSetImages = (yaml: string): readonly string[] =>
  parseAllDocuments(yaml)
    .filter((document) => document.get('kind') === 'DaemonSet')
    // Each field on a line of its own, whatever the style of the chart.
    .flatMap((document) => imagesIn(stringify(document.toJS())))

const nodeAnswers = (node: string, { cluster, command }: Config['limits'], stillStarting: () => void) =>
  eventually(
    `containerd on ${node} answers`,
    async () => {
      stillStarting()
      await run('docker', ['exec', node, 'ctr', 'version'], { within: command })
    },
    { within: cluster, every: 500 },
  )

/**
 * Pulls the images of the charts' DaemonSets into nodes as soon as containerd answers there, while kubeadm still works.
 * Where any other pod will run is not known before it is scheduled.
 * @param stillStarting throws a GiveUpError once it is known that the nodes will not come up
 * @throws WaitError or CommandError
 */
export const pullDaemonSetImages = async (
  config: Config,
  tools: Tools,
  nodes: readonly string[],
  stillStarting: () => void,
): Promise<void> => {
  const { limits, stacks, releases } = config
  const charts = stacks.map((name) => stackOf(name, releases)).filter(isChartStack)
  const rendered = Promise.all(charts.map((stack) => renderChart(config, tools, stack)))
  const pullInto = async (node: string) => {
    const [texts] = await Promise.all([rendered, nodeAnswers(node, limits, stillStarting)])
    const pull = ['ctr', '--namespace', 'k8s.io', 'images', 'pull', '--hosts-dir', '/etc/containerd/certs.d']
    for (const image of new Set(texts.flatMap(daemonSetImages)))
      await run('docker', ['exec', node, ...pull, fullName(image)], { within: limits.install })
  }
  await Promise.all(nodes.map(pullInto))
}
