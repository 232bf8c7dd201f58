import type { PushDone } from '../../../release/apply/events.ts';
import type { ReleaseDependencies } from '../dependencies.ts';
import { releaseOnce } from './release-once.ts';
import type { BuildRequest } from '../requests.ts';

/** Builds the images of a project on a device; its containers stay as they are. */
export const build = (dependencies: ReleaseDependencies, request: BuildRequest): Promise<PushDone> =>
  releaseOnce(dependencies, { ...request, removesOrphans: false, isLive: false }, 'build');
