/** An update of the host OS as a file: an archive of `docker save`, which hostapp-update loads (meta-balena, hostapp-update -f). */
import { OsError } from '../../core/errors.ts';
import { osVersionOf, parseOsRelease } from '../../core/os-release.ts';
import { fieldAt, textAt } from '../../net/json-fields.ts';
import { readTarPlaces, TarDamage, type ReadBytes, type TarPlace } from '../../files/read-tar.ts';

export interface HostappArchive {
  readonly version: string;
  /** SLUG, else MACHINE. */
  readonly deviceType: string;
  /** The engine's word: `amd64`, `arm64`, `arm`. */
  readonly architecture: string;
  /** Of the archive, and of its layers as they are in it. */
  readonly sizeBytes: number;
  readonly layerBytes: number;
}

export interface ArchiveSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly read: ReadBytes;
}

const refuse = (path: string, reason: string, hint: string): OsError =>
  new OsError('image-invalid', `${path} is no update of the OS: ${reason}`, { hint });
const giveArchive = 'give a hostapp archive, as `docker save` writes it';

const mostJsonBytes = 16 * 1024 * 1024;

function checkBeginning(head: Buffer, path: string): void {
  if (
    head.readUInt16BE(0) === 0x1f8b ||
    head.readUInt32BE(0) === 0xfd377a58 ||
    head.readUInt32LE(0) === 0xfd2fb528
  )
    throw refuse(path, 'it is compressed', 'unpack it first: the OS loads the archive as it is');
  if (head.readUInt16LE(510) === 0xaa55)
    throw refuse(
      path,
      'it is an image of a drive',
      'flash it with `os image flash`; an update is a hostapp archive',
    );
}

interface Manifest {
  readonly config: string;
  readonly layers: readonly string[];
}

function parseManifest(value: unknown, path: string): Manifest {
  const [first, other] = Array.isArray(value) ? (value as unknown[]) : [];
  const [Config, Layers] = [fieldAt(first, 'Config'), fieldAt(first, 'Layers')];
  if (other !== undefined) throw refuse(path, 'it holds more than one image', giveArchive);
  if (typeof Config !== 'string' || !Array.isArray(Layers) || !Layers.every(it => typeof it === 'string'))
    throw refuse(path, 'its manifest names no image', giveArchive);
  return { config: Config, layers: Layers };
}

const osReleasePaths = ['usr/lib/os-release', 'etc/os-release'];

/** Reads what the archive is. Throws OsError `image-invalid` for what is none, is damaged, or is another file by mistake. */
export async function readHostappArchive({ path, sizeBytes, read }: ArchiveSource): Promise<HostappArchive> {
  if (sizeBytes < 1024) throw refuse(path, 'it is too short', giveArchive);
  checkBeginning(await read(0, 512), path);
  try {
    const entries = new Map<string, TarPlace>();
    for await (const place of readTarPlaces(read, 0, sizeBytes)) entries.set(place.name, place);
    const readJson = async (name: string): Promise<unknown> => {
      const place = entries.get(name);
      if (place === undefined || place.sizeBytes > mostJsonBytes)
        throw refuse(path, `it has no ${name}`, giveArchive);
      try {
        return JSON.parse((await read(place.at, place.sizeBytes)).toString('utf8')) as unknown;
      } catch (error) {
        if (error instanceof SyntaxError) throw refuse(path, `${name} in it is no JSON`, giveArchive);
        throw error;
      }
    };
    const manifest = parseManifest(await readJson('manifest.json'), path);
    const config = await readJson(manifest.config);
    let osRelease: Readonly<Record<string, string>> = {};
    let layerBytes = 0;
    for (const name of manifest.layers) {
      const layer = entries.get(name);
      if (layer === undefined) throw refuse(path, `the layer ${name} is missing`, 'download it again');
      layerBytes += layer.sizeBytes;
      for await (const { name: file, type, sizeBytes: size, at } of readTarPlaces(
        read,
        layer.at,
        layer.at + layer.sizeBytes,
      ))
        if (type === '0' && size < 65_536 && osReleasePaths.includes(file.replace(/^\.?\//, '')))
          osRelease = parseOsRelease((await read(at, size)).toString('utf8'));
    }
    const version = osVersionOf(osRelease);
    const deviceType = osRelease['SLUG'] ?? osRelease['MACHINE'];
    if (version === undefined || deviceType === undefined)
      throw refuse(path, 'the image in it has no os-release of the container OS', giveArchive);
    return {
      version,
      deviceType,
      architecture: textAt(config, 'architecture') ?? 'unknown',
      sizeBytes,
      layerBytes,
    };
  } catch (error) {
    if (error instanceof TarDamage) throw refuse(path, error.message, 'download it again');
    throw error;
  }
}
