/**
 * One container of a service, with everything that a session knows of it. Another container of the service gets another
 * object, so nothing known of one is ever believed of the next.
 */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerState, ContainerSummary } from '../../engine/objects.ts';
import { markEdited } from '../../release/build/edited-mark.ts';
import type { BatchPlan } from '../decide/plan-batch.ts';
import type { Change, OpenSource } from '../transport/change.ts';
import { describeMounts, isTemporary } from '../transport/mount-points.ts';
import type { Transport, TransportOptions } from '../transport/transport.ts';
import { findContainerUser } from './container-user.ts';
import { DueEffects } from './due-effects.ts';
import { KnownFiles, type TargetPath } from './known-files.ts';
import { sendPlan, type SendOptions } from './send-plan.ts';
import { SentFiles } from './sent-files.ts';

export type OpenTransport = (
  engine: Engine,
  container: { readonly id: string; readonly state: ContainerState },
  options: TransportOptions,
) => Promise<Transport>;

export interface ContainerOptions {
  readonly engine: Engine;
  readonly openSource: OpenSource;
  readonly openTransport: OpenTransport;
  /** Called with what a person may want to know about the container's mounts. */
  readonly onNotice: (message: string) => void;
  /** Called with a name of which something else was sent than is known of it. */
  readonly onOtherSent?: ((name: string) => void) | undefined;
}

export class Container implements AsyncDisposable {
  readonly id: string;
  readonly imageId: string;
  readonly #options: ContainerOptions;
  readonly #files = new KnownFiles();
  readonly #sent: SentFiles;
  /** Effects of what was synced to this container. */
  readonly effects = new DueEffects();
  /** True if somebody stopped it: it is not for an edit to start it. */
  isStopped = false;
  /** True if it refused an edit that only a build may help with. */
  hasRefused = false;
  /** The command of the Dockerfile that failed in it, which a build will make up for. */
  failedCommand: string | undefined;
  /** The number of links in the way that were met since the last batch that it took. */
  linksMet = 0;
  readonly #leftovers = new Set<string>();
  #state: ContainerState;
  #transport: Transport | undefined;
  #closing: Promise<void> = Promise.resolve();
  /** False if the service may have another container by now, or this one another state. */
  #isCurrent = false;
  #user: { readonly name: string | undefined } | undefined;
  #isMarked = false;
  /** The mark on its image; undefined if an earlier session set it, which knows why. */
  #mark: string | undefined;

  constructor(
    { id, imageId, state }: Pick<ContainerSummary, 'id' | 'imageId' | 'state'>,
    options: ContainerOptions,
  ) {
    this.id = id;
    this.imageId = imageId;
    this.#state = state;
    this.#options = options;
    this.#sent = new SentFiles(options.openSource);
  }

  get isUp(): boolean {
    return this.#state === 'running' || this.#state === 'restarting' || this.#state === 'paused';
  }

  /** Returns what is known of its files. */
  get files(): Pick<KnownFiles, 'known' | 'links' | 'pathCount' | 'isCompared'> {
    return this.#files;
  }

  /** Returns `uid:gid` of the user that the container runs as, once that was read; undefined for root. */
  get user(): string | undefined {
    return this.#user?.name;
  }

  /** Returns how files get there. */
  get kind(): Transport['kind'] {
    return this.#transport?.kind ?? 'archive';
  }

  /** True if the way into it is open, and nothing has happened to it that would end the way unseen. */
  get isAttached(): boolean {
    return this.#isCurrent && this.#transport?.kind === 'shell' && this.#transport.isOpen;
  }

  /** Something happened to the container `id` of the service. */
  handleEvent(id: string, action: string): void {
    this.isStopped = action === 'stop' && id === this.id;
    if (id !== this.id || this.#transport?.isOpen !== true) this.#isCurrent = false;
  }

  /** The container may have anything, or not be the service's any more. */
  forget(): void {
    this.#isCurrent = false;
    this.#files.forget();
    void this.close();
  }

  /** Opens the way into it, in the state that it was found in. */
  async open(state: ContainerState, signal: AbortSignal): Promise<void> {
    const { engine, openTransport } = this.#options;
    const openSource = this.#sent.open;
    this.#state = state;
    const transport = await openTransport(
      engine,
      { id: this.id, state },
      { openSource, leftovers: this.#leftovers, signal },
    );
    this.#transport = transport;
    this.#files.forgetIfLost(transport);
    this.#isCurrent = true;
  }

  /** Reads again what an apply that failed has left in doubt. */
  async readUnsure(signal: AbortSignal): Promise<void> {
    if (this.#files.isCompared) await this.#files.readUnsure(this.#way, signal);
  }

  async readUser(signal: AbortSignal): Promise<void> {
    this.#user ??= { name: await findContainerUser(this.#options.engine, this.id, signal) };
  }

  async read(paths: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#files.read(this.#way, paths, signal);
  }

  async follow(targets: readonly TargetPath[], signal: AbortSignal): Promise<void> {
    await this.#files.follow(this.#way, targets, signal);
  }

  async compare(paths: Iterable<string>, signal: AbortSignal): Promise<void> {
    await this.#files.compare(this.#way, paths, signal);
    this.#noticeMounts(this.#files.known.keys());
  }

  /** Applies a plan. Returns the changes that are left for later. Throws what `Transport.apply` throws. */
  async apply(plan: BatchPlan, options: SendOptions): Promise<readonly Change[]> {
    this.#sent.expect(plan.changes, plan.outcome);
    const left = await sendPlan(plan, this.#way, this.#files, options);
    this.#noteOthers(plan.changes);
    if (left.length === 0) this.#noticeMounts(plan.outcome.keys());
    return left;
  }

  /** True if what is at `path` is gone when the container starts again. */
  isTemporary(path: string): boolean {
    return isTemporary(this.#transport?.mounts ?? [], path);
  }

  /** Makes the device know whether the container has files that its image lacks. */
  async mark(isEdited: boolean, signal: AbortSignal): Promise<void> {
    if (isEdited === this.#isMarked) return;
    const { engine } = this.#options;
    if (isEdited) {
      this.#mark = await markEdited(engine, this, signal);
      this.#isMarked = true;
    } else if (this.#mark !== undefined) {
      await engine.removeImage(this.#mark, signal);
      this.#mark = undefined;
      this.#isMarked = false;
    }
  }

  /** Closes the way, whatever is under way. */
  async close(): Promise<void> {
    const transport = this.#transport;
    this.#transport = undefined;
    this.#closing = Promise.all([this.#closing, transport?.[Symbol.asyncDispose]()]).then(() => undefined);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Returns the way into it. Throws OsError `connection-lost` if `forget` closed it meanwhile. */
  get #way(): Transport {
    if (this.#transport === undefined)
      throw new OsError('connection-lost', 'the connection to the container was closed');
    return this.#transport;
  }

  /** What was sent of a file that was being rewritten is read again from here, and the file from the sources. */
  #noteOthers(changes: readonly Change[]): void {
    const { others } = this.#sent;
    for (const change of changes)
      if (change.do === 'write' && others.has(change.name)) this.#files.doubt(change.path);
    for (const name of others) this.#options.onOtherSent?.(name);
  }

  #noticeMounts(paths: Iterable<string>): void {
    for (const message of describeMounts(this.#transport?.mounts ?? [], [...paths]))
      this.#options.onNotice(message);
  }
}
