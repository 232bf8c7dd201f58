import { httpGet } from '../net/http-get.ts';
import { jsonOf, textAt } from '../net/json-fields.ts';
import { isSupervisorName } from '../net/supervisor-names.ts';

/** The container of an on-device supervisor, as the engine shows it. */
export interface SupervisorContainer {
  readonly state: 'running' | 'restarting' | 'stopped' | 'absent';
  /** From its image's tag; null if that has none. */
  readonly version: string | null;
}

/** `19.0.5` of `registry2.balena-cloud.com/v2/0123:v19.0.5`; a tag that is no version says nothing. */
const versionOf = (image: string | null): string | null =>
  /:v?(\d+\.\d+\.\d+[\w.+-]*)$/.exec(image ?? '')?.[1] ?? null;

const namesOf = (container: unknown): readonly unknown[] => {
  const found = (container as { readonly Names?: unknown } | null)?.Names;
  return Array.isArray(found) ? (found as unknown[]) : [];
};

/** Finds the supervisor's container in what `GET /containers/json?all=1` answers; undefined if that is no list. */
export function findSupervisorContainer(list: unknown): SupervisorContainer | undefined {
  if (!Array.isArray(list)) return undefined;
  const found = (list as unknown[]).find(it =>
    namesOf(it).some(name => isSupervisorName(String(name).replace(/^\//, ''))),
  );
  if (found === undefined) return { state: 'absent', version: null };
  const state = textAt(found, 'State');
  return {
    state: state === 'running' || state === 'restarting' ? state : 'stopped',
    version: versionOf(textAt(found, 'Image')),
  };
}

/** Asks the engine at `port`. undefined if it does not answer that, or not in time. */
export async function readSupervisorContainer(
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<SupervisorContainer | undefined> {
  const filters = encodeURIComponent(JSON.stringify({ name: ['_supervisor'] }));
  try {
    const { status, body } = await httpGet(
      address,
      port,
      `/containers/json?all=1&filters=${filters}`,
      signal,
    );
    return status === 200 ? findSupervisorContainer(jsonOf(body)) : undefined;
  } catch {
    return undefined;
  }
}
