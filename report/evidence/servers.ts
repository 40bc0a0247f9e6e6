import { serverClient, type Http } from '../../clients/http.ts'
import type { Config } from '../../config/config.ts'
import { serverIn, type Servers } from '../../config/endpoints.ts'
import type { ServerName, StackName } from '../../config/stacks.ts'
import type { Task } from './collect.ts'

type File = readonly [name: string, about: string, from: string | ((http: Http) => Promise<string>)]
type Answers = Readonly<{ name: ServerName; stack: StackName; files: readonly File[] }>

const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body, null, 2))

type Shard = Readonly<{ index: string; shard: string; prirep: string; state: string }>

/** Empty if every shard is assigned: OpenSearch then refuses to explain. */
const explainUnassigned = async (http: Http): Promise<string> => {
  const { body } = await http('GET', '/_cat/shards', { params: { format: 'json' } })
  const unassigned = (body as Shard[]).filter(({ state }) => state === 'UNASSIGNED')
  const explanations = await Promise.all(
    unassigned.map(async ({ index, shard, prirep }) => {
      const data = { index, shard: Number(shard), primary: prirep === 'p' }
      return (await http('POST', '/_cluster/allocation/explain', { data })).body
    }),
  )
  return explanations.length > 0 ? textOf(explanations) : ''
}

const kps = 'kube-prometheus-stack'
const answers: readonly Answers[] = [
  {
    name: 'prometheus',
    stack: kps,
    files: [
      ['targets.json', 'scrape targets with their health and last error', '/api/v1/targets?state=active'],
      ['rules.json', 'alerting and recording rules with their health and last error', '/api/v1/rules'],
      ['alerts.json', 'alerts, pending and firing', '/api/v1/alerts'],
    ],
  },
  {
    name: 'alertmanager',
    stack: kps,
    files: [
      ['alerts.json', 'alerts that Alertmanager received', '/api/v2/alerts'],
      ['groups.json', 'the same by route, with what mutes them', '/api/v2/alerts/groups'],
      ['silences.json', 'silences', '/api/v2/silences'],
      ['status.json', 'the configuration in force, without its secrets', '/api/v2/status'],
    ],
  },
  {
    name: 'grafana',
    stack: kps,
    files: [
      ['search.json', 'dashboards and folders', '/api/search?limit=5000'],
      ['datasources.json', 'data sources', '/api/datasources'],
    ],
  },
  {
    name: 'opensearch',
    stack: 'opensearch',
    files: [
      ['health.json', 'health of the cluster and of each index', '/_cluster/health?level=indices'],
      ['indices.txt', 'indices with their number of documents', '/_cat/indices?v&s=index'],
      ['shards.txt', 'shards with their nodes', '/_cat/shards?v&s=index'],
      ['allocation.json', 'why each unassigned shard has no node', explainUnassigned],
    ],
  },
  {
    name: 'dashboards',
    stack: 'opensearch-dashboards',
    files: [['status.json', 'status of OpenSearch Dashboards and its plugins', '/api/status']],
  },
]

/** The answers of each server's own API. */
export const serverTasks = ({ stacks }: Config, servers: Servers): readonly Task[] =>
  answers.map(({ name, stack, files }) => ({
    name,
    sources: async () => {
      if (!stacks.includes(stack)) throw new Error(`E2E_STACKS leaves out ${stack}`)
      const http = serverClient(serverIn(servers, name))
      return files.map(([file, about, from]) => ({
        file: `${name}/${file}`,
        about,
        read: async () => (typeof from === 'string' ? textOf((await http('GET', from)).body) : from(http)),
      }))
    },
  }))
