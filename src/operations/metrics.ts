import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** What this process counts, in Prometheus' words. */
export const registry = new Registry();
collectDefaultMetrics({ register: registry });

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export const requestSeconds = new Histogram({ name: 'unwind_http_request_duration_seconds', help: 'Time from request to answer, by method, route and status.', labelNames: ['method', 'route', 'status'] as const, buckets: SECONDS, registers: [registry] });

export const refusals = new Counter({ name: 'unwind_refused_requests_total', help: 'Requests refused to protect the service, by reason.', labelNames: ['reason'] as const, registers: [registry] });
