import { connectGrafana } from '../clients/grafana.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { connectOpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus } from '../clients/prometheus.ts'
import { endpoints, grafanaLogin } from '../config/endpoints.ts'
import { observeDefinitions } from './facts/definitions.ts'
import { observeGrafana } from './facts/grafana.ts'
import { observeHelm, type Helm } from './facts/helm.ts'
import { named } from './facts/named.ts'
import { observeObjects, observeSecrets } from './facts/objects.ts'
import { observeOpenSearch } from './facts/opensearch.ts'
import { observePrometheus } from './facts/prometheus.ts'
import type { Observation } from './observation.ts'

export type Observed = Readonly<{ kubernetes: Kubernetes; helm: Helm }>

/**
 * Everything that users of the stacks see or depend on.
 * @param window in seconds: a query that had a result within it has a result
 * @throws an error of the client if a server does not answer
 */
export const observe = async ({ kubernetes, helm }: Observed, window: number): Promise<Observation> => {
  const takenAt = new Date().toISOString()
  const [version, releases, prometheus, grafana, objects, secrets, definitions, opensearch] =
    await Promise.all([
      kubernetes.version(),
      observeHelm(helm),
      observePrometheus(connectPrometheus(endpoints.prometheus), window),
      observeGrafana(connectGrafana(endpoints.grafana, grafanaLogin.user, grafanaLogin.password), window),
      observeObjects(kubernetes),
      observeSecrets(kubernetes),
      observeDefinitions(kubernetes),
      observeOpenSearch(connectOpenSearch(endpoints.opensearch)),
    ])
  return {
    takenAt,
    kubernetes: version,
    releases: releases.releases,
    ...prometheus,
    ...grafana,
    images: named(Object.entries({ ...objects.images, ...releases.images })),
    objects: named(Object.entries({ ...objects.objects, ...releases.objects })),
    secrets,
    ...definitions,
    ...opensearch,
  }
}
