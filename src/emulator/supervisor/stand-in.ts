/** The supervisor of an emulated device: a target, what is applied of it, and the mode that it is in. */
import { applyTarget, checkLocks } from './apply/apply-target.ts';
import { Applier } from './apply/applier.ts';
import type { DeviceFacts } from './container/container-body.ts';
import type { EngineApi } from './engine/engine-api.ts';
import {
  listNames,
  listSupervised,
  must,
  removeContainer,
  type SupervisedContainer,
} from './engine/engine-objects.ts';
import { LogStream } from './http/log-stream.ts';
import { removeMadeSince, takeSnapshot, type Snapshot } from './apply/snapshot.ts';
import { localModeKey, withDefaults, type Stored } from './stored-state.ts';
import type { StandInTarget } from './target/target.ts';
import type { Habits } from './versions.ts';

export interface StandInOptions {
  readonly engine: EngineApi;
  readonly stored: Stored;
  readonly save: () => Promise<void>;
  readonly device: DeviceFacts;
  readonly habits: Habits;
  /** config.json names a cloud. */
  readonly isManaged: boolean;
  /** Called when the port is to be opened to the network, or closed. */
  readonly onReach: (isOpen: boolean) => void;
  /** Writes to its own log. */
  readonly complain: (message: string) => void;
  /** Default: 700 ms. */
  readonly applyDelayMs?: number;
}

/** Answered with a status and these words. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class StandIn {
  readonly logs: LogStream;
  readonly applier: Applier;
  readonly #options: StandInOptions;
  readonly #stopped = new Set<string>();
  #before: Snapshot | undefined;
  #usesFirstImages = true;
  #overridesLocks = false;
  #restarting: string[] = [];

  constructor(options: StandInOptions) {
    const { engine, habits } = options;
    this.#options = options;
    this.logs = new LogStream({
      engine,
      tellsTimes: habits.tellsMore,
      repeatsFirstLines: habits.repeatsFirstLines,
    });
    this.applier = new Applier(() => this.#apply(), {
      log: message => {
        this.logs.system(message);
      },
      complain: options.complain,
    });
  }

  get options(): StandInOptions {
    return this.#options;
  }

  get isLocalMode(): boolean {
    return this.#options.stored.isLocalMode;
  }

  /** False: everybody may ask. */
  get needsKey(): boolean {
    return this.#options.isManaged && !this.isLocalMode;
  }

  /** Takes the snapshot that leaving local mode goes back to, and applies the target that it had. */
  async start(): Promise<void> {
    const { engine, stored, isManaged, onReach } = this.#options;
    // Without a cloud, each start enters local mode.
    if (!isManaged) stored.isLocalMode = true;
    stored.config = this.#complete({ ...stored.config, [localModeKey]: String(stored.isLocalMode) });
    if (stored.isLocalMode) this.#before = await takeSnapshot(engine);
    onReach(stored.isLocalMode);
    this.applier.trigger();
  }

  #complete(config: Readonly<Record<string, string>>): Record<string, string> {
    const { isManaged, habits } = this.#options;
    return withDefaults(config, { isManaged, pollIntervalMs: habits.pollIntervalMs });
  }

  /** Resolves once the target is stored, as a real supervisor answers only then. */
  async setTarget({ name, config, apps, isForced }: StandInTarget): Promise<void> {
    const { stored, habits, save } = this.#options;
    stored.name = name ?? stored.name;
    stored.config = this.#complete(config);
    stored.apps = apps;
    this.#overridesLocks = isForced && !(habits.ignoresForceWhileWaiting && this.applier.isWaiting);
    if (habits.restartsStopped) this.#restarting.push(...this.#stopped);
    await save();
    this.applier.trigger();
  }

  async #apply(): Promise<boolean> {
    const { engine, stored, device, habits, save } = this.#options;
    if (stored.isLocalMode && stored.config[localModeKey] !== 'true') await this.#leaveLocalMode();
    const overridesLocks = this.#overridesLocks || stored.config['SUPERVISOR_OVERRIDE_LOCK'] === 'true';
    try {
      const isSteady = await applyTarget({
        engine,
        stored,
        save,
        device,
        overridesLocks,
        usesFirstImages: this.#usesFirstImages,
        hasOldLockWording: habits.checksBodies,
        applyDelayMs: this.#options.applyDelayMs ?? 700,
        log: message => {
          this.logs.system(message);
        },
        onStarted: id => {
          this.logs.follow(id);
        },
      });
      for (const id of this.#restarting.splice(0)) await engine.ask('POST', `/containers/${id}/start`);
      this.#stopped.clear();
      this.#overridesLocks = false;
      return isSteady;
    } finally {
      this.#usesFirstImages = false;
      await save();
    }
  }

  /** Removes services, their volumes, and all that anybody has made since the start; then nobody reaches it. */
  async #leaveLocalMode(): Promise<void> {
    const { engine, stored, onReach } = this.#options;
    stored.isLocalMode = false;
    stored.apps = [];
    onReach(false);
    for (const { id } of await listSupervised(engine)) await removeContainer(engine, id);
    for (const name of await listNames(engine, 'volumes')) await engine.ask('DELETE', `/volumes/${name}`);
    if (this.#before !== undefined) await removeMadeSince(engine, this.#before);
    this.#before = undefined;
  }

  /** Throws Locked where a service of the app holds an update lock. */
  async checkLocks(appId: number): Promise<void> {
    const { engine, stored, habits } = this.#options;
    if (stored.config['SUPERVISOR_OVERRIDE_LOCK'] === 'true') return;
    const services = (await listSupervised(engine)).filter(it => it.appId === appId);
    checkLocks(
      appId,
      services.map(({ service }) => service),
      habits.checksBodies,
    );
  }

  /** Throws Refusal where there is no such app or service. */
  async find(
    appId: number,
    asked: { readonly service?: string; readonly imageId?: number },
  ): Promise<SupervisedContainer> {
    const { stored, engine } = this.#options;
    const app = stored.apps.find(it => it.appId === appId);
    if (app === undefined) throw new Refusal(503, "Cannot read properties of undefined (reading 'volumes')");
    const name =
      asked.service ?? app.services.find(({ imageId }) => imageId === asked.imageId)?.serviceName ?? '';
    const found = (await listSupervised(engine)).find(it => it.appId === appId && it.service === name);
    if (found !== undefined) return found;
    throw new Refusal(404, 'Service not found, a container must exist for this endpoint to work');
  }

  /** Answers before it has stopped. */
  stop({ id }: SupervisedContainer): void {
    this.#stopped.add(id);
    void this.#options.engine.ask('POST', `/containers/${id}/stop`);
  }

  async startAgain({ id }: SupervisedContainer): Promise<void> {
    this.#stopped.delete(id);
    await must(this.#options.engine, 'POST', `/containers/${id}/start`, { allowed: [304] });
    this.logs.follow(id);
  }

  /** Makes new containers, of one service or of all of the app. */
  async recreate(appId: number, service?: string): Promise<void> {
    const { engine, stored } = this.#options;
    const there = await listSupervised(engine);
    // An app that the target lacks is there while it has containers.
    const isKnown = [...stored.apps, ...there].some(it => it.appId === appId);
    if (service === undefined && !isKnown)
      throw new Refusal(503, `Application with ID ${appId.toString()} is not in the current state`);
    for (const it of there)
      if (it.appId === appId && (service === undefined || it.service === service))
        await removeContainer(engine, it.id);
    this.applier.endWait();
    this.applier.trigger();
  }

  async purge(appId: number): Promise<void> {
    const { engine } = this.#options;
    for (const it of await listSupervised(engine))
      if (it.appId === appId) await removeContainer(engine, it.id);
    for (const name of await listNames(engine, 'volumes'))
      if (name.startsWith(`${appId.toString()}_`)) await engine.ask('DELETE', `/volumes/${name}`);
    this.applier.trigger();
  }
}
