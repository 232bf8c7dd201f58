import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import type { Candidate } from '../../../src/device/candidate.ts';
import { PortFailure } from '../../../src/net/tcp.ts';
import { prove, type Evidence } from '../../../src/reach/prove.ts';

const uuid = '63ec46ce2ff94b1a8e5d9d6d0dd5d2a1';
const known = { uuid, engineId: 'ENGINE' };

const candidate = (over: Partial<Candidate>): Candidate => ({
  address: '10.0.0.5',
  host: '63ec46c.local',
  source: 'network',
  known: null,
  reportedUuid: null,
  uuidPrefix: null,
  ...over,
});

/** What a device shows; asking for what it does not show fails the test. */
const evidence = (over: Partial<Evidence>): Evidence => ({
  port: 2377,
  engineId: null,
  hasKnownHostKey: false,
  readUuid: () => {
    throw new Error('nobody asks for the UUID here');
  },
  ...over,
});

const tells = (told: string | null): Partial<Evidence> => ({ readUuid: () => Promise.resolve(told) });
const refuses: Partial<Evidence> = {
  readUuid: () => Promise.reject(new OsError('auth-refused', 'no key fits')),
};

const notFound =
  (text: RegExp) =>
  (error: unknown): boolean =>
    error instanceof OsError && error.exitCode === 3 && text.test(error.message);

describe('a device proves that it is the one that was meant', () => {
  it('not at all at an address that a person has typed, or where this machine emulates it', async () => {
    for (const source of ['typed', 'emulated'] as const)
      await prove(candidate({ source, uuidPrefix: uuid }), evidence({}));
  });

  it('at a remembered address by the id of its engine, its host key, or its UUID', async () => {
    await prove(candidate({ source: 'known', known }), evidence({ engineId: 'ENGINE' }));
    await prove(candidate({ source: 'known', known }), evidence({ hasKnownHostKey: true }));
    await prove(candidate({ source: 'known', known }), evidence({ engineId: 'NEW', ...tells(uuid) }));
  });

  it('and one that has none of these is not used at a remembered address', async () => {
    for (const [of, shown] of [
      [known, evidence({ engineId: 'OTHER', ...tells('ffff46ce2ff94b1a8e5d9d6d0dd5d2a1') })],
      [known, evidence({ ...refuses })],
      [known, evidence({ ...tells(null) })],
      [{ uuid: null, engineId: null }, evidence({ engineId: null })],
      [{ uuid: null, engineId: 'ENGINE' }, evidence({ engineId: 'OTHER' })],
    ] as const)
      await assert.rejects(prove(candidate({ source: 'known', known: of }), shown), PortFailure);
  });

  it('by all of the UUID that was asked for, not its first digits', async () => {
    const wrong = `${uuid.slice(0, -1)}0`;
    await prove(candidate({ uuidPrefix: uuid }), evidence(tells(uuid)));
    await prove(candidate({ uuidPrefix: uuid.slice(0, 8) }), evidence(tells(uuid.toUpperCase())));
    await prove(candidate({ uuidPrefix: uuid, reportedUuid: uuid }), evidence({}));
    for (const source of ['network', 'known'] as const)
      await assert.rejects(
        prove(
          candidate({ source, known, uuidPrefix: wrong }),
          evidence({ hasKnownHostKey: true, ...tells(uuid) }),
        ),
        notFound(new RegExp(`no device with the UUID ${wrong} answers: the one at 10.0.0.5 has ${uuid}`)),
      );
  });

  it('by the engine that its UUID was learnt with', async () => {
    await prove(candidate({ known, uuidPrefix: uuid }), evidence({ engineId: 'ENGINE' }));
    await assert.rejects(
      prove(candidate({ known, uuidPrefix: uuid }), evidence({ engineId: 'OTHER', ...tells('ffff') })),
      notFound(/has ffff/),
    );
  });

  it('by the UUID that was asked for where its engine is known with another one', async () => {
    const wrong = `${uuid.slice(0, -1)}0`;
    await assert.rejects(
      prove(candidate({ known, uuidPrefix: wrong }), evidence({ engineId: 'ENGINE', ...tells(uuid) })),
      notFound(new RegExp(`no device with the UUID ${wrong} answers`)),
    );
  });

  it('or is not reached where nothing tells its UUID, and the message says so', async () => {
    await assert.rejects(
      prove(candidate({ uuidPrefix: uuid }), evidence(refuses)),
      notFound(/cannot tell whether the device at 10\.0\.0\.5 has the UUID 63ec46ce.*: no key fits/),
    );
    await assert.rejects(
      prove(candidate({ uuidPrefix: uuid }), evidence(tells(null))),
      notFound(/cannot tell whether .*: it has none/),
    );
  });

  it('while an interruption stays one, and a defect too', async () => {
    for (const error of [
      new OsError('interrupted', 'interrupted'),
      new OsError('terminated', 'terminated'),
      new TypeError('x is not a function'),
    ])
      await assert.rejects(
        prove(candidate({ uuidPrefix: uuid }), evidence({ readUuid: () => Promise.reject(error) })),
        error,
      );
  });
});
