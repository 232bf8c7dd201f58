import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { OsError } from '../../../../../src/core/errors.ts';
import { unzstd } from '../../../../../src/image/formats/decompress.ts';
import { openDeviceSpace } from '../../../../../src/release/build/device-space.ts';
import { openSavedImage } from '../../../../../src/release/build/local/saved-archive.ts';
import { sendImage } from '../../../../../src/release/build/local/send-image.ts';
import {
  addBlob,
  addOciImage,
  imageMembers,
  json,
  setIndex,
  writeMembers,
  type ArchiveForm,
  type ImageSpec,
  type LayerCompression,
  type Members,
} from '../../../../support/image-archives.ts';
import { ImageEngine } from '../../../../support/image-engine.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';

const { signal } = new AbortController();
const spec: ImageSpec = {
  layers: [{ '/a': 'one' }, { '/b': 'two', '/sub/c': 'x'.repeat(100_000) }],
  config: { Cmd: ['/a'], Labels: { who: 'me' } },
};

/** Sends the image in an archive of `members` to an engine, and returns the engine. */
async function send(members: Members, platform?: string, engine = new ImageEngine()): Promise<ImageEngine> {
  await using temp = await openTempDirectory();
  const file = path.join(temp.path, 'image.tar');
  await writeMembers(file, members);
  await using image = await openSavedImage(file, platform);
  await sendImage(engine.asEngine(), image, {
    service: 'web',
    tags: ['web:latest'],
    relatives: [...engine.tags.values()],
    folder: temp.path,
    unzstd,
    space: openDeviceSpace({ where: 'fake', readFreeBytes: () => Promise.resolve(undefined), signal }),
    report: () => undefined,
    signal,
  });
  const config = createHash('sha256').update(image.config).digest('hex');
  assert.equal(engine.tags.get('web:latest'), `sha256:${config}`);
  return engine;
}

/** The archive is refused with this line, and the engine gets no image. */
async function assertRefused(members: Members, why: string, platform?: string): Promise<void> {
  const engine = new ImageEngine();
  await assert.rejects(send(members, platform, engine), (error: unknown) => {
    assert.ok(error instanceof OsError, String(error));
    assert.equal(error.code, 'host-unsuitable');
    assert.equal(error.message, `cannot read the image that docker has saved: ${why}`);
    return true;
  });
  assert.equal(engine.tags.size, 0);
  assert.equal(engine.images.size, 0);
}

/** Replaces the content of the first member whose name and content `isIt` accepts. */
function replace(
  members: Members,
  isIt: (name: string, content: Buffer) => boolean,
  by: (content: Buffer) => Buffer,
): Members {
  const [name, content] = [...members].find(([it, bytes]) => isIt(it, bytes)) ?? [];
  assert.ok(name !== undefined && content !== undefined);
  return new Map([...members, [name, by(content)]]);
}

const isJsonWith =
  (key: string) =>
  (name: string, content: Buffer): boolean =>
    name.startsWith('blobs/') && content.toString('utf8', 0, 1) === '{' && content.includes(`"${key}"`);
const isLayer = (name: string, content: Buffer): boolean =>
  !name.endsWith('json') && name !== 'oci-layout' && content[0] !== 0x7b;
const flip = (content: Buffer): Buffer => {
  const changed = Buffer.from(content);
  const at = Math.floor(changed.length / 2);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};

describe('an image that this machine has saved', function () {
  this.timeout(10_000);

  const forms: readonly ArchiveForm[] = ['docker', 'docker-25', 'oci'];
  const compressions: readonly LayerCompression[] = ['plain', 'gzip', 'zstd'];
  for (const form of forms)
    for (const compression of compressions) {
      it(`is sent from an archive of the form ${form} whose layers are ${compression}`, async () => {
        const engine = await send(await imageMembers(form, { ...spec, compression }));
        assert.deepEqual(engine.filesOf('web'), { '/a': 'one', '/b': 'two', '/sub/c': 'x'.repeat(100_000) });
        assert.deepEqual(engine.configOf('web'), spec.config);
      });

      it(`is refused where a layer of the form ${form}, ${compression}, is not what its digests say`, async () => {
        const members = await imageMembers(form, { ...spec, compression });
        await assert.rejects(send(replace(members, isLayer, flip)), (error: unknown) => {
          assert.ok(error instanceof OsError, String(error));
          assert.match(error.message, /layer 1 (?:of the image )?(?:is damaged|does not match)/);
          return true;
        });
      });
    }

  it('is sent without the layers that the device has, which are not even read', async () => {
    const members = await imageMembers('oci', spec);
    const engine = await send(members);
    const before = engine.received[0]?.sizeBytes ?? 0;
    const more = await imageMembers('oci', { ...spec, layers: [...spec.layers, { '/d': 'new' }] });
    const known = replace(more, (name, content) => isLayer(name, content) && content.length > 100_000, flip);
    await send(known, undefined, engine);
    assert.ok((engine.received[1]?.sizeBytes ?? NaN) < before / 10);
    assert.equal(engine.filesOf('web')['/d'], 'new');
  });

  it('is refused where its manifest, configuration or a size is not what a descriptor says', async () => {
    const members = await imageMembers('oci', spec);
    const nameOf = (key: string): string =>
      [...members].find(([name, it]) => isJsonWith(key)(name, it))?.[0] ?? '';
    const spoil = (key: string): Members =>
      replace(members, isJsonWith(key), content => Buffer.from(content.toString().replace('"', ' ')));
    for (const key of ['layers', 'rootfs']) {
      const changed = replace(members, isJsonWith(key), content =>
        Buffer.from(content.toString().replace(/linux|schemaVersion/, it => it.toUpperCase())),
      );
      await assertRefused(changed, `the content of ${nameOf(key)} does not match its digest`);
    }
    const longer = replace(members, isJsonWith('layers'), content =>
      Buffer.concat([content, Buffer.from(' ')]),
    );
    const size = members.get(nameOf('layers'))?.length ?? 0;
    await assertRefused(
      longer,
      `${nameOf('layers')} has ${(size + 1).toString()} bytes, and its descriptor says ${size.toString()}`,
    );
    await assertRefused(spoil('layers'), `the content of ${nameOf('layers')} does not match its digest`);
  });

  it('is refused where the configuration has other layers than the archive, in number or in content', async () => {
    for (const form of ['docker', 'oci'] as const) {
      const members: Members = new Map();
      const other = await imageMembers('oci', { layers: [{ '/other': '1' }, { '/other': '2' }] });
      const config = [...other].find(([name, content]) => isJsonWith('rootfs')(name, content))?.[1];
      assert.ok(config);
      const source = await imageMembers('oci', spec);
      const layers = [...source].filter(([name, content]) => isLayer(name, content)).map(([, it]) => it);
      const type = 'application/vnd.oci.image.layer.v1.tar';
      const write = (count: number): void => {
        const used = layers.slice(0, count);
        const manifest = {
          config: addBlob(members, 'application/vnd.oci.image.config.v1+json', config),
          layers: used.map(layer => addBlob(members, type, layer)),
        };
        if (form === 'oci') setIndex(members, [addBlob(members, '', json(manifest))]);
        else {
          used.forEach((layer, i) => members.set(`${i.toString()}.tar`, layer));
          members.set('c.json', config);
          const names = used.map((_, i) => `${i.toString()}.tar`);
          members.set('manifest.json', json([{ Config: 'c.json', Layers: names }]));
        }
      };
      write(2);
      await assertRefused(members, 'layer 1 does not match its diffID in the configuration');
      write(1);
      await assertRefused(members, 'its layers are not those of its configuration');
    }
  });

  it('is the one for the device where an archive holds several, also in an index within the index', async () => {
    const members: Members = new Map();
    const arm = { os: 'linux', architecture: 'arm', variant: 'v7' };
    const images = [
      await addOciImage(members, { layers: [{ '/is': 'amd64' }] }),
      await addOciImage(members, { layers: [{ '/is': 'arm' }], platform: arm }),
      addBlob(members, 'application/vnd.oci.image.manifest.v1+json', json({ config: {}, layers: [] }), {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      }),
    ];
    const nested = addBlob(members, 'application/vnd.oci.image.index.v1+json', json({ manifests: images }));
    for (const manifests of [images, [nested], [nested, nested]]) {
      setIndex(members, manifests);
      assert.equal((await send(members, 'linux/arm/v7')).filesOf('web')['/is'], 'arm');
      assert.equal((await send(members, 'linux/amd64')).filesOf('web')['/is'], 'amd64');
      await assertRefused(
        members,
        'it holds images for linux/amd64, linux/arm/v7, and none for linux/arm64',
        'linux/arm64',
      );
    }
  });

  it('with an attestation beside it is the only image of the archive', async () => {
    const members: Members = new Map();
    const image = await addOciImage(members, spec);
    const attestation = addBlob(members, 'application/vnd.oci.image.manifest.v1+json', json({}), {
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    });
    setIndex(members, [image, attestation]);
    assert.equal((await send(members)).filesOf('web')['/a'], 'one');
  });

  it('is refused in one line each where the archive holds something else', async () => {
    const oci = async (change: (members: Members) => void): Promise<Members> => {
      const members = await imageMembers('oci', spec);
      change(members);
      return members;
    };
    const cases: readonly (readonly [string, (members: Members) => void])[] = [
      ['it has neither manifest.json nor index.json', it => void it.delete('index.json')],
      ['index.json is not JSON', it => it.set('index.json', Buffer.from('{'))],
      ['index.json has an unknown form', it => it.set('index.json', Buffer.from('7'))],
      ['its index.json names no image', it => setIndex(it, [])],
      [
        'a digest in it has an unknown form',
        it => setIndex(it, [{ digest: 'sha256:../../../../etc/passwd' }]),
      ],
      [
        `it has no blobs/sha256/${'0'.repeat(64)}`,
        it => setIndex(it, [{ digest: `sha256:${'0'.repeat(64)}` }]),
      ],
      ['manifest.json has an unknown form', it => it.set('manifest.json', json({}))],
      ['it has no configuration', it => it.set('manifest.json', json([{ Config: 'gone', Layers: [] }]))],
      ['it holds several images', it => it.set('manifest.json', json([{}, {}]))],
      [
        'it holds something else than an image',
        it =>
          setIndex(it, [
            addBlob(
              it,
              '',
              json({ config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' }, layers: [] }),
            ),
          ]),
      ],
      [
        'a layer in it has an unknown media type',
        it => {
          const config = addBlob(it, 'application/vnd.oci.image.config.v1+json', json({}));
          const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+encrypted', digest: 'x' }];
          setIndex(it, [addBlob(it, '', json({ config, layers }))]);
        },
      ],
    ];
    for (const [why, change] of cases) await assertRefused(await oci(change), why);
  });

  it('is refused where a gzip layer of many megabytes is cut off or spoilt', async () => {
    const big = {
      layers: [{ '/a': randomBytes(4_000_000).toString('base64') }],
      compression: 'gzip',
    } as const;
    const members = await imageMembers('docker', big);
    await assertRefused(
      replace(members, isLayer, content => content.subarray(0, content.length / 2)),
      'layer 1 is damaged (unexpected end of file)',
    );
    await assert.rejects(
      send(replace(members, isLayer, flip)),
      /layer 1 is damaged \((?:invalid|incorrect) /,
    );
  });

  it('is refused where a layer is missing that the device lacks', async () => {
    const members = await imageMembers('oci', spec);
    const [name] = [...members].find(([it, content]) => isLayer(it, content)) ?? [];
    members.delete(name ?? '');
    await assert.rejects(send(members), /Docker on this machine has not saved layer 1 of the image/);
  });
});
