/** Capabilities, which verbs take first, so that a test or another program can replace each of them. */
import type { LogEvent } from '../../logs/log-line.ts';
import type { Project } from '../../project/project.ts';
import type { PushDone } from '../../release/apply/events.ts';
import type { PushRequest as ReleaseRequest } from '../../release/apply/push-request.ts';
import type { Live } from '../../sync/session/open-live.ts';
import type { LiveOptions } from '../../sync/session/live-options.ts';
import type { SessionEvent } from '../../ui/session/session-reporter.ts';
import type { ReachedEngine } from '../../reach/engine/reached-engine.ts';
import type { DeviceRequest, ProjectRequest } from './requests.ts';

export interface DeviceDependencies {
  readonly signal: AbortSignal;
  /** Says something that a person may want to know. */
  readonly note: (text: string) => void;
  /** Opens the engine of a device, proven to be the right one. Disposing the engine closes everything. */
  readonly reach: (request: DeviceRequest) => Promise<ReachedEngine>;
}

/** `live` is the form for live sync. */
export type ProjectForm = 'plain' | 'live';

export interface ProjectDependencies extends DeviceDependencies {
  /** Reads a project, for `device` if there is one. Throws OsError `project-invalid`, `usage`. */
  readonly readProject: (
    request: ProjectRequest,
    form: ProjectForm,
    options: { readonly device: ReachedEngine | undefined; readonly isQuiet: boolean },
  ) => Promise<Project>;
}

export interface ReleaseOptions {
  readonly signal: AbortSignal;
  readonly report: (event: SessionEvent) => void;
  readonly registrySecretsFile: string | undefined;
}

export interface ReleaseDependencies extends ProjectDependencies {
  readonly report: (event: SessionEvent) => void;
  /** Plans and, as far as `extent` allows, makes the device run the project. */
  readonly release: (
    reached: ReachedEngine,
    request: ReleaseRequest,
    options: ReleaseOptions,
  ) => Promise<PushDone>;
}

/** Options of a live session that the verb decides. */
export type LiveSessionOptions = Pick<
  LiveOptions,
  'project' | 'select' | 'readProject' | 'push' | 'report'
> & {
  /** Names of services as the person gave them. */
  readonly services: readonly string[];
  /** False: it has just been pushed, so that images and sources agree. */
  readonly isAttaching: boolean;
};

export interface LogOptions {
  readonly project: string;
  readonly isWanted: (service: string) => boolean;
  readonly signal: AbortSignal;
  readonly report: (event: LogEvent) => void;
}

export interface SessionDependencies extends ReleaseDependencies {
  /** Says that a push within the session has ended, however. */
  readonly settle: () => void;
  /** Watches the sources from the moment this resolves. */
  readonly openLive: (
    reached: ReachedEngine,
    options: LiveSessionOptions,
  ) => Promise<Pick<Live, 'run'> & AsyncDisposable>;
  /** Reports the output of services until `signal` aborts. */
  readonly followLogs: (reached: ReachedEngine, options: LogOptions) => Promise<void>;
}
