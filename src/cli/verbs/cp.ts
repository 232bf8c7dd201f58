import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../core/errors.ts';
import { openTempFolder } from '../../files/temp-folder.ts';
import {
  copyFromDevice,
  copyToDevice,
  copyToStream,
  spool,
  type Copied,
  type CopyOptions,
} from '../../copy/copy.ts';
import type { FarFiles } from '../../copy/far-files.ts';
import { readLocalSource } from '../../copy/local-source.ts';
import { parsePlace, readPathEnd, type Place } from '../../copy/place.ts';
import { checkInput } from '../terminal/check-input.ts';
import type { ProjectRequest } from './requests.ts';
import type { EitherWayRequest } from './reach-either-way.ts';

export interface CpRequest extends Pick<CopyOptions, 'keepsOwners' | 'overwritesNewer'> {
  readonly sources: readonly string[];
  readonly destination: string;
  readonly target: Omit<EitherWayRequest, 'device'>;
  readonly project: ProjectRequest;
}

type DevicePlace = Extract<Place, { readonly kind: 'device' }>;

/** The files of a host or of a service's container; disposing closes the connection. */
export type OpenFarFiles = (
  place: DevicePlace,
  request: CpRequest,
) => Promise<AsyncDisposable & { readonly files: FarFiles }>;

export interface CpDependencies extends Pick<CopyOptions, 'signal' | 'onProgress' | 'note'> {
  readonly openFarFiles: OpenFarFiles;
  readonly stdin: NodeJS.ReadStream & { readonly fd: number };
  readonly stdout: NodeJS.WriteStream;
}

const refuse = (message: string, hint: string): OsError => new OsError('usage', message, { hint });

/** `os cp kitchen web:/log .` is what somebody types who comes from `os ssh kitchen web`. */
function refuseApart(beside: string, first: string): OsError {
  const isName = parsePlace(beside).kind === 'local' && !/[/\\]/.test(beside);
  return refuse(
    `${beside} and ${first} are at different places`,
    isName
      ? `a device and its service are one word with the path: ${beside}:${first}; files of different places are copied one place at a time`
      : 'files of different places are copied one place at a time',
  );
}

/** The sources, which are all at one place. Throws OsError `usage`. */
function readSources(request: CpRequest, destination: Place): readonly Place[] {
  const places = request.sources.map(parsePlace);
  const devices = places.filter(it => it.kind === 'device');
  const onDevice = destination.kind === 'device';
  if (onDevice && devices.length > 0)
    throw refuse('both ends are on a device', 'copy to this machine first, then from there');
  if (!onDevice && devices.length === 0)
    throw refuse('neither end is on a device', 'name one: DEVICE:/path or DEVICE:SERVICE:/path');
  const [first] = devices;
  const isBeside = (it: Place): boolean =>
    it.kind !== 'device' || it.device !== first?.device || it.service !== first?.service;
  const beside = places.findIndex(isBeside);
  if (!onDevice && first !== undefined && beside !== -1)
    throw refuseApart(request.sources[beside] ?? '', request.sources[places.indexOf(first)] ?? '');
  if (places.length > 1 && places.some(it => it.kind === 'stream'))
    throw refuse('- is one source alone', 'copy the others on their own');
  return places;
}

function checkStream(stdin: CpDependencies['stdin'], destination: string): void {
  if (stdin.isTTY) throw refuse('stdin is a terminal', 'pipe something into it, or name a file');
  checkInput(stdin);
  if (readPathEnd(destination).isInto)
    throw refuse(`${destination} is a directory`, 'name the file that the input becomes');
}

async function sendInput(
  { stdin, signal, ...dependencies }: CpDependencies,
  files: FarFiles,
  destination: string,
  request: CpRequest,
): Promise<Copied> {
  await using folder = await openTempFolder('os-cp-');
  const file = path.join(folder.path, 'stdin');
  await using _spooled = await spool(stdin, file, signal);
  await chmod(file, 0o644);
  const options = { ...dependencies, keepsOwners: request.keepsOwners, signal };
  return await copyToDevice(files, [await readLocalSource(file)], destination, options);
}

/** Copies files and trees between this machine and a device, either way. Throws OsError. */
export async function cp(dependencies: CpDependencies, request: CpRequest): Promise<Copied> {
  const { signal, openFarFiles, stdout } = dependencies;
  const { keepsOwners, overwritesNewer } = request;
  const to = parsePlace(request.destination);
  const from = readSources(request, to);
  const options = { ...dependencies, keepsOwners, overwritesNewer };
  if (to.kind === 'device') {
    const isStream = from[0]?.kind === 'stream';
    // A source that cannot be read is refused before anything is reached.
    if (isStream) checkStream(dependencies.stdin, to.path);
    const local = isStream ? [] : await Promise.all(request.sources.map(readLocalSource));
    await using far = await openFarFiles(to, request);
    if (isStream) return await sendInput(dependencies, far.files, to.path, request);
    return await copyToDevice(far.files, local, to.path, options);
  }
  const places = from.filter(it => it.kind === 'device');
  const [first] = places;
  if (first === undefined) throw new Error('no source');
  await using far = await openFarFiles(first, request);
  const paths = places.map(it => it.path);
  if (to.kind === 'local') return await copyFromDevice(far.files, paths, request.destination, options);
  if (paths.length > 1) throw refuse('- takes one file', 'name one source');
  return await copyToStream(far.files, first.path, stdout, signal);
}
