/** Where files of a context end: as the device's builder has it, and as live sync decides it. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import net from 'node:net';
import path from 'node:path';
import { OsError } from '../../src/core/errors.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openEngine } from '../../src/engine/open-engine.ts';
import type { Build } from '../../src/project/build.ts';
import { listBuildContext } from '../../src/project/context/build-context.ts';
import { openContext } from '../../src/project/context/content/open-context.ts';
import type { Service } from '../../src/project/service.ts';
import { composeLabels, ourLabels } from '../../src/release/desired/labels.ts';
import { planBatch } from '../../src/sync/decide/plan-batch.ts';
import { readRules } from '../../src/sync/session/read-rules.ts';
import { HostTree } from '../../src/sync/tree/host-tree.ts';
import { readIgnoreFile } from '../../src/project/context/ignore/ignore-file.ts';
import { Problems } from '../../src/project/problem.ts';
import type { EmulatedDevice } from './emulated-device.ts';

/** Path in the container → what is there, and whose: `sha256 uid:gid`, `link target`. */
export type Placed = Readonly<Record<string, string>>;

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const sorted = (placed: ReadonlyMap<string, string>): Placed =>
  Object.fromEntries([...placed].sort(([a], [b]) => (a < b ? -1 : 1)));

export const engineOf = ({ address, ports }: EmulatedDevice): Promise<Engine> =>
  openEngine({
    ...{ where: address, keepAlive: true, engineApi: '1.41' },
    openSocket: () => Promise.resolve(net.connect(ports.engine ?? 2377, address)),
  });

const never = new AbortController().signal;

/** Builds an image and makes a container of it, which nobody starts; undefined where the builder refuses. */
export async function buildContainer(
  engine: Engine,
  project: string,
  it: Build,
): Promise<string | undefined> {
  for (;;)
    try {
      return await buildOnce(engine, project, it);
    } catch (error) {
      // Builds that run side by side lose layers of each other.
      if (!(error instanceof OsError) || error.code !== 'engine-conflict') throw error;
    }
}

async function buildOnce(engine: Engine, project: string, it: Build): Promise<string | undefined> {
  const context = await listBuildContext(it);
  await using tar = openContext(context);
  const asked = {
    tags: [`${project}:latest`],
    dockerfile: context.dockerfileName,
    isCacheUsed: true,
    // A network for each RUN would take most of the time.
    networkMode: 'none',
    signal: never,
  };
  try {
    for await (const _ of engine.buildImage(tar.stream, { ...asked, buildArgs: it.args })) continue;
  } catch (error) {
    if (error instanceof OsError && error.code === 'build-failed') return undefined;
    throw error;
  }
  const Labels = {
    [composeLabels.project]: project,
    [composeLabels.service]: 'main',
    [ourLabels.made]: '1',
  };
  return await engine.createContainer(project, { Image: `${project}:latest`, Labels, HostConfig: {} });
}

/** Those of the container's files that `isOurs` knows by their content or target. */
export async function readPlaced(
  engine: Engine,
  id: string,
  isOurs: (what: string) => boolean,
): Promise<Placed> {
  const { extract: openExtract } = (await import('tar-stream')).default;
  const extract = openExtract();
  (await engine.getArchive(id, '/', never)).pipe(extract);
  const placed = new Map<string, string>();
  for await (const entry of extract) {
    const { type, name, linkname, uid, gid } = entry.header;
    const content = await buffer(entry);
    const what = type === 'symlink' ? `link ${linkname}` : sha256(content);
    const owner = `${String(uid)}:${String(gid)}`;
    if ((type === 'symlink' || type === 'file') && isOurs(what))
      placed.set(path.posix.resolve('/', name), `${what} ${owner}`);
  }
  return sorted(placed);
}

/** The same as it is decided, for a container that has nothing yet; and what is to be found there. */
export async function decidePlaced(
  engine: Engine,
  project: string,
  service: Service,
  it: Build,
): Promise<{ placed: Placed; contents: ReadonlySet<string> }> {
  const { rules: ignored } = await readIgnoreFile(it.contextDirectory, it.dockerfile.file, new Problems());
  const tree = new HostTree(it.contextDirectory, ignored);
  await tree.readAll();
  const buildFiles = [it.dockerfile.file];
  const rules = await readRules({
    ...{ engine, project, service: { ...service, build: it }, directory: it.contextDirectory },
    ...{ buildFiles, signal: never },
  });
  const dirty = new Map([...tree.nodes].map(([name]) => [name, undefined]));
  const plan = planBatch(rules, { dirty, nodes: tree.nodes, applied: new Map() });
  const placed = new Map<string, string>();
  for (const change of plan.changes) {
    if (change.do !== 'write' && change.do !== 'link') continue;
    const node = plan.outcome.get(change.path);
    const what =
      change.do === 'link'
        ? `link ${change.target}`
        : typeof node === 'object' && node.kind === 'file'
          ? node.sha256
          : '';
    const [uid = '0', gid = uid] = (change.owner ?? '0').split(':');
    placed.set(change.path, `${what} ${uid}:${gid}`);
  }
  const built = new Set(plan.decisions.flatMap(({ name, do: what }) => (what === 'rebuild' ? [name] : [])));
  const contents = [...tree.nodes].flatMap(([name, node]) => {
    if (built.has(name) || node.kind === 'directory') return [];
    return node.kind === 'file' ? [node.sha256] : [`link ${node.target}`];
  });
  return { placed: sorted(placed), contents: new Set(contents) };
}
