import type { ContainerStats } from '../engine/objects.ts';
import { rateOf, type ServiceUsage } from './usage.ts';

export type ContainerUsage = Omit<ServiceUsage, 'project' | 'service' | 'container' | 'state'>;

/** Of a container that tells nothing: one that does not run. */
export const noUsage: ContainerUsage = {
  cpuPercent: null,
  memoryBytes: null,
  memoryLimitBytes: null,
  processes: null,
  receivedBytesPerS: null,
  sentBytesPerS: null,
  readBytesPerS: null,
  writtenBytesPerS: null,
};

/** Samples come once a second: more than this between two, and the device's clock was set. */
const longestS = 60;

/** By the whole device's processor time, else by the time that passed. */
function cpuPercent(before: ContainerStats, after: ContainerStats, seconds: number): number | null {
  if (before.cpuNs === null || after.cpuNs === null || after.cpuNs < before.cpuNs) return null;
  const used = after.cpuNs - before.cpuNs;
  const passed =
    before.systemNs !== null && after.systemNs !== null
      ? (after.systemNs - before.systemNs) / after.cpus
      : seconds * 1e9;
  return passed > 0 ? (used / passed) * 100 : null;
}

/** One sample of a container's usage; rates need two. */
export function containerUsage(before: ContainerStats | undefined, after: ContainerStats): ContainerUsage {
  const { memoryBytes, memoryLimitBytes, processes } = after;
  const now = { ...noUsage, memoryBytes, memoryLimitBytes, processes };
  if (before?.readMs == null || after.readMs === null) return now;
  const passedS = (after.readMs - before.readMs) / 1000;
  const seconds = passedS > longestS ? NaN : passedS;
  return {
    ...now,
    cpuPercent: cpuPercent(before, after, seconds),
    receivedBytesPerS: rateOf(before.receivedBytes, after.receivedBytes, seconds),
    sentBytesPerS: rateOf(before.sentBytes, after.sentBytes, seconds),
    readBytesPerS: rateOf(before.readBytes, after.readBytes, seconds),
    writtenBytesPerS: rateOf(before.writtenBytes, after.writtenBytes, seconds),
  };
}
