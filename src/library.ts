/** The package's public face: the verbs behind the commands, their requests, results and events. */
import { probeAddresses } from './reach/find/probe.ts';
import type { SessionDependencies } from './cli/verbs/dependencies.ts';
import type { LogsDependencies } from './cli/verbs/project/logs.ts';
import type { ProjectRequest } from './cli/verbs/requests.ts';
import type { ScanDependencies } from './cli/verbs/scan.ts';
import type { TunnelDependencies } from './cli/verbs/tunnel-request.ts';
import { wireTunnel } from './cli/verbs/wiring/wire-tunnel.ts';
import { wireLogs } from './cli/verbs/wiring/wire-logs.ts';
import { wireSession } from './cli/verbs/wiring/wire-session.ts';
import type { ScanEvent } from './discovery/scan/scanned-device.ts';
import type { TunnelEvent } from './tunnel/tunnel-events.ts';
import { JsonEvents } from './ui/json-events.ts';
import { asText, type Output } from './ui/output.ts';
import { ServiceColumn } from './ui/service-column.ts';
import type { SessionEvent } from './ui/session/session-reporter.ts';

export { exitCodes, OsError, type ErrorCode } from './core/errors.ts';
export { build } from './cli/verbs/project/build.ts';
export { clean, type CleanRequest } from './cli/verbs/project/clean.ts';
export { control, type ControlRequest, type ControlResult } from './cli/verbs/project/control.ts';
export { down, type DownRequest, type DownResult } from './cli/verbs/project/down.ts';
export { live } from './cli/verbs/project/live.ts';
export { logs, type JournalRequest, type LogsRequest } from './cli/verbs/project/logs.ts';
export { plan } from './cli/verbs/project/plan.ts';
export { ps, type PsRequest, type PsResult } from './cli/verbs/project/ps.ts';
export { push } from './cli/verbs/project/push.ts';
export { scan, type ScanRequest } from './cli/verbs/scan.ts';
export { tunnel } from './cli/verbs/tunnel.ts';
export type { TunnelRequest } from './cli/verbs/tunnel-request.ts';
export type { PortRequest, ReverseRequest } from './tunnel/port-words.ts';
export type {
  BuildRequest,
  DeviceRequest,
  PlanRequest,
  ProjectRequest,
  PushRequest,
  RunningRequest,
} from './cli/verbs/requests.ts';
export type { ScanEvent, SessionEvent, TunnelEvent };
export type { ScannedDevice } from './discovery/scan/scanned-device.ts';

/** Everything that the verbs need. Any capability in it can be replaced by one's own. */
export type Capabilities = SessionDependencies & LogsDependencies & ScanDependencies & TunnelDependencies;

export interface CapabilitiesOptions {
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
  /** Called with each event of a push, a live session or logs. */
  readonly report?: (event: SessionEvent) => void;
  /** Called with each event of a scan. */
  readonly reportScan?: (event: ScanEvent) => void;
  /** Called with each event of a tunnel: `listening` says at which port of this machine. */
  readonly reportTunnel?: (event: TunnelEvent) => void;
  /** Called with remarks for people. */
  readonly note?: (text: string) => void;
}

const ignore = (): void => undefined;

/** An Output that nobody sees but `note`. */
const silentOutput = (note: (text: string) => void): Output => ({
  mode: 'json',
  isQuiet: false,
  isTalkTty: false,
  columns: () => 80,
  rows: () => 24,
  answer: ignore,
  talk: text => note(asText(text).trimEnd()),
  showBelow: ignore,
  awaitReader: () => undefined,
  styleAnswer: (_style, text) => text,
  styleTalk: (_style, text) => text,
});

/** The capabilities of this machine, for any verb. */
export function openCapabilities({
  signal,
  report = ignore,
  reportScan = ignore,
  reportTunnel = ignore,
  note = ignore,
}: CapabilitiesOptions): Capabilities {
  const output = silentOutput(note);
  const surroundings = { output, signal, events: new JsonEvents(output) };
  const reporter = { report, settle: ignore, [Symbol.dispose]: ignore };
  return {
    ...wireTunnel(surroundings, reportTunnel),
    ...wireLogs(surroundings, { report, column: new ServiceColumn() }),
    ...wireSession(surroundings, reporter),
    report,
    reportScan,
    probe: (found, innerSignal) => probeAddresses(found, innerSignal),
  };
}

/** The project in a directory, with nothing added to what its files say. */
export const projectIn = (source: string): ProjectRequest => ({
  source,
  composeFiles: [],
  envFiles: [],
  profiles: [],
  variables: [],
  buildArgs: {},
});
