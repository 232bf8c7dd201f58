import { makeImages, type TakeLocal } from '../build/build-all.ts';
import type { DeviceSpace } from '../build/device-space.ts';
import { openDeltaBuilder } from '../build/delta/delta-builder.ts';
import { openDeviceBuilder } from '../build/device-builder.ts';
import { checkBuilder, platformOf } from '../build/local/check-docker.ts';
import {
  checkLocalBuilds,
  openLocalBuilder,
  takeLocalImage,
  wantedPlatform,
  type LocalDependencies,
} from '../build/local/local-builder.ts';
import type { Plan } from '../plan/plan.ts';
import { registryReferences } from '../plan/registry-references.ts';
import type { Decision } from './decide.ts';
import type { PushDependencies, PushRequest } from './push-request.ts';

/** The most images of the device, the newest first, that an image of this machine is compared with. */
const mostRelatives = 100;

/** Makes the images of the plan; returns how many bytes of files were sent. */
export async function makePlannedImages(
  { usesDeltas = true }: PushRequest,
  { plan, observed }: Decision,
  space: DeviceSpace,
  dependencies: PushDependencies,
): Promise<number> {
  const { engine, memory, report, signal } = dependencies;
  if (plan.images.length === 0) return 0;
  await space.check(plan);
  const logins = await dependencies.logins(registryReferences(plan));
  const building = { engine, logins, memory, report, space };
  const { local } = dependencies;
  const here = async (): Promise<LocalDependencies> => {
    const { architecture, id } = await engine.readInfo(signal);
    const device = id === '' ? engine.where : id;
    return { ...building, ...local, platform: platformOf(architecture), project: plan.project, device };
  };
  const buildsHere = plan.images.some(task => task.action === 'build' && task.recipe.place === 'local');
  const builders = [
    ...(buildsHere ? [openLocalBuilder(await here())] : []),
    ...(usesDeltas ? [openDeltaBuilder({ ...building, project: plan.project })] : []),
    openDeviceBuilder(building),
  ];
  const takeLocal: TakeLocal = async ({ service, reference, platform }, innerSignal) => {
    const taken = { service, reference, asked: platform };
    const relatives = async (): Promise<string[]> => {
      const present = await engine.listImages({}, innerSignal);
      return present.slice(0, mostRelatives).map(({ id }) => id);
    };
    return takeLocalImage(taken, relatives, { ...(await here()), signal: innerSignal });
  };
  return makeImages(plan, observed.images, { ...building, builders, takeLocal, signal });
}

/** Throws OsError `host-unsuitable` if this machine cannot build what it has to, before the device is touched. */
export async function checkBuildsHere(
  { images }: Plan,
  { engine, local, signal }: Pick<PushDependencies, 'engine' | 'local' | 'signal'>,
): Promise<void> {
  const tasks = images.flatMap(it => (it.action === 'build' && it.recipe.place === 'local' ? [it] : []));
  if (tasks.length === 0) return;
  const device = platformOf((await engine.readInfo(signal)).architecture);
  const wanted = tasks.map(({ service, recipe }) => wantedPlatform(service, recipe.build.platform, device));
  const found = await checkLocalBuilds(local, new Set(wanted), signal);
  for (const task of tasks) checkBuilder(task, found);
}
