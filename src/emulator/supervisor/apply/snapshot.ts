/** Leaving local mode removes what was made since the supervisor last started, whoever made it. */
import type { EngineApi } from '../engine/engine-api.ts';
import { must } from '../engine/engine-objects.ts';
import { listOf, objectOf, textOf } from '../json.ts';

export interface Snapshot {
  /** Of those that run. */
  readonly containers: readonly string[];
  readonly images: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

export async function takeSnapshot(engine: EngineApi): Promise<Snapshot> {
  const list = async (path: string, key: string, of?: string): Promise<string[]> => {
    const { body } = await must(engine, 'GET', path);
    const entries = of === undefined ? body : objectOf(body)[of];
    return listOf(entries).map(entry => textOf(objectOf(entry)[key]));
  };
  const [containers, images, networks, volumes] = await Promise.all([
    list('/containers/json', 'Id'),
    list('/images/json', 'Id'),
    list('/networks', 'Id'),
    list('/volumes', 'Name', 'Volumes'),
  ]);
  return { containers, images, networks, volumes };
}

/** Leaves objects that are in use, or gone already. */
export async function removeMadeSince(engine: EngineApi, before: Snapshot): Promise<void> {
  const now = await takeSnapshot(engine);
  const since = (kind: keyof Snapshot): string[] => now[kind].filter(id => !before[kind].includes(id));
  for (const id of since('containers')) await engine.ask('DELETE', `/containers/${id}?force=1`);
  for (const id of since('images')) await engine.ask('DELETE', `/images/${encodeURIComponent(id)}?force=1`);
  for (const id of since('networks')) await engine.ask('DELETE', `/networks/${id}`);
  for (const name of since('volumes')) await engine.ask('DELETE', `/volumes/${encodeURIComponent(name)}`);
}
