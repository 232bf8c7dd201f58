import type {
  SupervisorAnswer,
  SupervisorHttp,
  SupervisorRequest,
} from '../../src/supervisor/client/supervisor-http.ts';
import type { VolumeEngine } from './volume-engine.ts';

interface Target {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly apps: Readonly<Record<string, { readonly name: string; readonly services: object }>>;
}

/** A supervisor that removes what its target lacks, once no update lock is held. */
export class LockedSupervisor implements SupervisorHttp {
  readonly #engine: VolumeEngine;
  target: Target = {
    name: 'kitchen',
    config: { SUPERVISOR_LOCAL_MODE: 'true', HOST_DISCOVERABILITY: 'false' },
    apps: { 7: { name: 'shop', services: {} } },
  };
  /** Called after each target, with how many have come. */
  onPost: (count: number) => SupervisorAnswer | undefined = () => undefined;
  #count = 0;

  constructor(engine: VolumeEngine) {
    this.#engine = engine;
  }

  hasFailed = false;
  /** The answer to a request to restart the app. */
  restartAnswer: SupervisorAnswer = { status: 200, body: Buffer.from('{}') };

  async send({ method, path, body }: SupervisorRequest): Promise<SupervisorAnswer> {
    if (path === '/v1/device')
      return { status: 200, body: Buffer.from(JSON.stringify({ update_failed: this.hasFailed })) };
    if (path === '/v2/state/status')
      return { status: 200, body: Buffer.from(JSON.stringify({ appState: 'applied' })) };
    if (path.endsWith('/restart')) {
      this.#engine.calls.push('restart the app');
      if (this.restartAnswer.status !== 200) return this.restartAnswer;
      // Its attempts go on: the next one applies the target.
      if (!('7' in this.target.apps)) await this.release();
      return this.restartAnswer;
    }
    if (method === 'POST') {
      this.#count += 1;
      const refusal = this.onPost(this.#count);
      if (refusal !== undefined) return refusal;
      this.target = (body as { local: Target }).local;
    }
    const apps = Object.fromEntries(
      Object.entries(this.target.apps).map(([id, { name }]) => [id, { appName: name, services: [] }]),
    );
    const answer = { state: { local: { ...this.target, apps } } };
    return { status: 200, body: Buffer.from(JSON.stringify(answer)) };
  }

  open({ signal }: SupervisorRequest): ReturnType<SupervisorHttp['open']> {
    const line = {
      isSystem: true,
      message: 'Updates are locked, retrying in 1s. Reason: Lockfile exists for { appId: 7, service: web }',
    };
    return Promise.resolve({
      status: 200,
      body: (async function* () {
        yield Buffer.from(`${JSON.stringify(line)}\n`);
        if (signal.aborted) return;
        await new Promise(resolve => {
          signal.addEventListener('abort', resolve, { once: true });
        });
      })(),
    });
  }

  /** The lock is given up, and the target is applied. */
  async release(): Promise<void> {
    for (const { id, body } of [...this.#engine.containers.values()]) {
      const app = body.Labels['io.balena.app-id'];
      if (app !== undefined && !(app in this.target.apps)) await this.#engine.removeContainer(id);
    }
  }
}
