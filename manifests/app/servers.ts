import { createServer, type Server } from 'node:http'
import polka from 'polka'
import type { Shop } from './shop.ts'

/** Answers `GET /order` with 200 and `{"status": "success"}` or `"failed"`; does not listen yet. */
export const createOrderServer = (shop: Shop): Server =>
  createServer(
    polka().get('/order', async (_request, response) => {
      const status = await shop.order()
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ status }))
    }).handler,
  )

/** Answers `GET /metrics` in the Prometheus text format; does not listen yet. */
export const createMetricsServer = (shop: Shop): Server =>
  createServer(
    polka().get('/metrics', async (_request, response) => {
      // Prometheus 3 rejects a target that does not send the content type.
      response.setHeader('content-type', shop.registry.contentType).end(await shop.registry.metrics())
    }).handler,
  )
