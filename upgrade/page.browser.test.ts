import { expect, test } from 'vitest'
import { address, describeInBrowser, expectGood, openPage, tabStops } from '../report/page/browser.ts'
import { upgradePage } from './page.ts'
import * as examples from './page/examples.ts'

describeInBrowser(() => {
  test.each(['red', 'green', 'invalid'] as const)(
    '%s: light and dark, on a desktop and a phone: axe finds nothing, all fits, nothing is asked of a network',
    async (example) => {
      const { page, requests } = await openPage(upgradePage(examples[example]))
      await expectGood(page)
      expect(requests).toEqual([address])
    },
  )

  test('by keyboard: every link and every table that may scroll, each with its focus to be seen', async () => {
    const { page } = await openPage(upgradePage(examples.red))
    expect(await tabStops(page)).toMatchInlineSnapshot(`
      "a: Skip to the result
      a: New regressions42 high, 1 medium, 1 low
      a: Expected1worse, and accepted
      a: Fixed1better than before
      a: Pre-existing2as broken as before
      a: Images and other changes1neither better nor worse
      a: Claims that hold48 of 5050 of 50 before
      a: Longest outage64 sAlertmanager, 60 s allowed
      a: Log lines lost03 doubled
      div: Outages, asked once a second EndpointOutage, sAllowed, sProbesSeconds since the upgrade began: what was seen ✗ Alertmanager64609627–91: ECONNREFUSEDPrometheus13909631–44: ECONNREFUSEDGrafana9609612–19: ECONNREFUSED22–24: HTTP 503OpenSearch018096–OpenSearch Dashboards012096–
      div: Each helm upgrade, until ready StackFromToTook, sResult kube-prometheus-stack88.5.389.0.071.8ready
      div: Longest time without a scrape JobSeconds prometheus-grafana44.9node-exporter31.2kubelet30
      div: Log lines written across the upgrade NodeWrittenLostDoubled observability-e2e-control-plane19300observability-e2e-worker19303observability-e2e-worker219300observability-e2e-worker319300
      div: Data from before the upgrade WhatBeforeAfter documents of logs-*43124312series of Prometheus612040
      div: Claims that did not hold ClaimBeforeNow prometheus-inventory Prometheus: every job has its number of targets, 33 of the stacks and 2 of the appholdsbrokengrafana-panels-nodes Grafana: every query of "Node Exporter / Nodes" has dataholdsbroken
      summary: Expected 1
      summary: Fixed 1
      summary: Pre-existing 2
      summary: Images and other changes 1
      div: Idle entries of upgrade/expected.yaml IdWhy metric/node_arp_entriesit is the same before and after
      div: CustomResourceDefinitions NameChangeBecameWhat is different prometheuses.monitoring.coreos.com kube-prometheus-stackchangedleft oldv1: spec.scrapeFailureLogFile addedv1: spec.podTargetLabels removedsilences.monitoring.coreos.com kube-prometheus-stackaddedappliedv1alpha1
      summary: What the new charts render otherwise 3 objects
      summary: The same in numbers 7 steps"
    `)
  })
})
