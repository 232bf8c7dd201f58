/** The body of `POST /v2/local/target-state`: the one place that spells it, so that each known trap is closed here once. */
import { OsError } from '../../core/errors.ts';
import { someNames } from '../../core/some-names.ts';
import { localModeKey, type CurrentTarget, type TargetApp, type TargetService } from './target-state.ts';

export interface TargetChange {
  /** All apps that the device is to run, by app id. */
  readonly apps: ReadonlyMap<number, TargetApp>;
  /** App ids of the device's target that may be removed, because they are ours or a person said so. */
  readonly replaced: ReadonlySet<string>;
  /** Overrides update locks; from supervisor 17.5 on it does nothing while an apply is waiting for one. */
  readonly isForced: boolean;
  /** Set in the device's configuration beside what it has. */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * Returns the body that changes `current` to `change`. A target replaces all of a device's state: so its name and
 * configuration are sent back, local mode is always included, and an app of unknown origin is never omitted. Throws if
 * local mode is off, or if the device runs an app that the body would remove without a request.
 */
export function writeTarget(current: CurrentTarget, change: TargetChange): object {
  const isRemoval = change.apps.size === 0;
  checkLocalMode(current, { isRemoval });
  const sent = new Set([...change.apps.keys()].map(String));
  const others = [...current.apps].filter(([id]) => !sent.has(id) && !change.replaced.has(id));
  if (others.length > 0) {
    const names = someNames(others.map(([, { name }]) => name));
    // A supervisor reports its apps in no form that can be sent back.
    if (isRemoval)
      throw new OsError('usage', `the supervisor also runs ${names}, which would be removed too`, {
        hint: `end ${names} first, by the tool that gave it to the supervisor`,
      });
    throw new OsError('usage', `the supervisor runs ${names}, which a push through it would remove`, {
      hint: 'replace it with --take-over, or use the engine: --runner engine',
    });
  }
  return {
    force: change.isForced,
    local: {
      name: current.name,
      config: { ...current.config, ...change.config, [localModeKey]: 'true' },
      apps: Object.fromEntries([...change.apps].map(([id, app]) => [canonicalKey(id), writeApp(app)])),
    },
  };
}

/** True if `current` is what a device has once it has taken `change`. False where it does not tell the release of an app. */
export function isTargetOf(
  { apps, config }: Pick<CurrentTarget, 'apps' | 'config'>,
  change: Pick<TargetChange, 'apps' | 'config'>,
): boolean {
  return (
    apps.size === change.apps.size &&
    [...change.apps].every(([id, { commit }]) => apps.get(id.toString())?.commit === commit) &&
    Object.entries(change.config ?? {}).every(([key, value]) => config[key] === value)
  );
}

/** Throws OsError `supervisor-refused` where the supervisor would take no target. */
export function checkLocalMode(
  { config }: Pick<CurrentTarget, 'config'>,
  { isRemoval }: { readonly isRemoval: boolean },
): void {
  if (config[localModeKey] === 'true') return;
  throw new OsError('supervisor-refused', 'local mode is off, so the supervisor takes no target', {
    hint: isRemoval ? 'turn local mode on' : 'turn local mode on, or use the engine: --runner engine',
  });
}

/** A key that is no canonical decimal from 1 on ends the supervisor's process (13 and later). */
function canonicalKey(id: number): string {
  if (!Number.isSafeInteger(id) || id < 1)
    throw new RangeError(`${id.toString()} is no id of an app or service`);
  return id.toString();
}

function writeApp({ name, commit, releaseId, services, volumes, networks }: TargetApp): object {
  if (commit === '') throw new RangeError('an app without a commit is applied as one without services');
  const written = [...services].map(
    ([id, service]) => [canonicalKey(id), writeService(id, service)] as const,
  );
  return { name, commit, releaseId, services: Object.fromEntries(written), volumes, networks };
}

const writeService = (id: number, service: TargetService): object => ({
  ...service.composition,
  imageId: service.imageId,
  serviceId: id,
  serviceName: service.serviceName,
  image: service.image,
  running: service.running,
  environment: service.environment,
  labels: service.labels,
});
