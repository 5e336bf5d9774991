import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What this process counts, in Prometheus' words. */
export const registry = new Registry();
collectDefaultMetrics({ register: registry });

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export const requestSeconds = new Histogram({ name: 'unwind_http_request_duration_seconds', help: 'Time from request to answer, by method, route and status.', labelNames: ['method', 'route', 'status'] as const, buckets: SECONDS, registers: [registry] });

export const refusals = new Counter({ name: 'unwind_refused_requests_total', help: 'Requests refused to protect the service, by reason.', labelNames: ['reason'] as const, registers: [registry] });

const RUN_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600];

export const runSeconds = new Histogram({ name: 'unwind_simulation_run_duration_seconds', help: 'Time from claiming a simulation, or a shard of a sweep, to its end, by outcome: succeeded, failed, cancelled, or lost to another worker.', labelNames: ['outcome'] as const, buckets: RUN_SECONDS, registers: [registry] });

export const shardsAtHand = new Gauge({ name: 'unwind_simulation_shards_at_hand', help: 'Simulations, and shards of sweeps, that this process runs now.', registers: [registry] });

export const questions = new Gauge({ name: 'unwind_questions', help: 'Questions (what-ifs, liquidation prices, positions) in threads, by state: running or waiting for a thread.', labelNames: ['state'] as const, registers: [registry] });
