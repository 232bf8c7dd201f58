import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { explainImageFailure } from '../../../../src/image/blocks/image-failure.ts';

const explain = (errno: string): string => {
  const error = explainImageFailure(Object.assign(new Error(errno), { code: errno }), 'write', '/dev/sdx');
  return error instanceof OsError ? `${error.code} ${error.message}` : 'unexplained';
};

describe('an error of a drive', () => {
  it('is reported in words: pulled out, without a card, locked, in use or failing', () => {
    assert.equal(explain('ENXIO'), 'drive-failed cannot write /dev/sdx: the drive was removed');
    assert.equal(explain('ENODEV'), explain('ENXIO'));
    assert.equal(explain('ENOMEDIUM'), 'drive-failed cannot write /dev/sdx: there is no card in it');
    assert.equal(explain('EROFS'), 'host-unsuitable cannot write /dev/sdx: it is read-only');
    assert.equal(explain('EIO'), 'drive-failed cannot write /dev/sdx: the drive reports an I/O error');
    assert.equal(explain('ENOSPC'), 'no-space cannot write /dev/sdx: no space is left');
    assert.match(explain('EBUSY'), /^busy /);
    assert.match(explain('EWHATEVER'), /^drive-failed /);
  });

  it('is left alone where it is a defect, or was reported already', () => {
    for (const error of [new TypeError('x'), new OsError('busy', 'x')])
      assert.equal(explainImageFailure(error, 'read', '/dev/sdx'), error);
  });
});
