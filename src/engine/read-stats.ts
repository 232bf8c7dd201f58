/** From `GET /containers/ID/stats` to our own words. Engines on cgroup v1 and v2 fill in different fields. */
import { numberOf } from './read/json-messages.ts';
import type { ContainerStats } from './objects.ts';

const at = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );

/**
 * Without what the kernel can drop at once: usage − `inactive_file` (cgroup v2) or − `total_inactive_file` (v1), and plain
 * usage where that is larger, as the docker client counts.
 */
function memoryOf(stats: unknown): number | null {
  const memory = at(stats, 'memory_stats');
  const usage = numberOf(memory, 'usage');
  if (usage === undefined) return null;
  const detail = at(memory, 'stats');
  const cache = numberOf(detail, 'total_inactive_file') ?? numberOf(detail, 'inactive_file') ?? 0;
  return cache < usage ? usage - cache : usage;
}

/** The sum over all networks; null for a container without any of its own. */
function networkOf(stats: unknown, key: 'rx_bytes' | 'tx_bytes'): number | null {
  const networks = at(stats, 'networks');
  if (typeof networks !== 'object' || networks === null) return null;
  return Object.values(networks).reduce((sum: number, it) => sum + (numberOf(it, key) ?? 0), 0);
}

/** An empty or missing list says nothing: the kernel does not count there. */
function blocksOf(stats: unknown, kind: 'read' | 'write'): number | null {
  const list = at(stats, 'blkio_stats', 'io_service_bytes_recursive');
  if (!Array.isArray(list) || list.length === 0) return null;
  return (list as unknown[])
    .filter(it => String(at(it, 'op')).toLowerCase() === kind)
    .reduce((sum: number, it) => sum + (numberOf(it, 'value') ?? 0), 0);
}

export function translateStats(stats: unknown): ContainerStats {
  const cpu = at(stats, 'cpu_stats');
  const perCpu = at(cpu, 'cpu_usage', 'percpu_usage');
  const read = Date.parse(String(at(stats, 'read')));
  return {
    readMs: Number.isFinite(read) && read > 0 ? read : null,
    cpuNs: numberOf(at(cpu, 'cpu_usage'), 'total_usage') ?? null,
    systemNs: numberOf(cpu, 'system_cpu_usage') ?? null,
    cpus: numberOf(cpu, 'online_cpus') ?? (Array.isArray(perCpu) && perCpu.length > 0 ? perCpu.length : 1),
    memoryBytes: memoryOf(stats),
    memoryLimitBytes: numberOf(at(stats, 'memory_stats'), 'limit') ?? null,
    receivedBytes: networkOf(stats, 'rx_bytes'),
    sentBytes: networkOf(stats, 'tx_bytes'),
    readBytes: blocksOf(stats, 'read'),
    writtenBytes: blocksOf(stats, 'write'),
    processes: numberOf(at(stats, 'pids_stats'), 'current') ?? null,
  };
}
