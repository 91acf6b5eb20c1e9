import { descriptionPrompt } from './description-prompt';

describe('descriptionPrompt', () => {
  it('asks the same with and without thinking', () => {
    const [thinking, direct] = [descriptionPrompt('with'), descriptionPrompt('without')];
    expect(thinking.user).toBe(direct.user);
    expect(thinking.system).toContain('<think>');
    expect(direct.system).not.toContain('think');
    expect([thinking.id, direct.id]).toEqual(['describe/with', 'describe/without']);
  });

  it('tells its wordings apart by their hashes, which stay as they are', () => {
    expect(descriptionPrompt('with').hash).toMatchInlineSnapshot(
      `"ff7bf4bf33121c2095c27198eade21ccb932a7afc09c436549344aa7bf8d2ade"`,
    );
    expect(descriptionPrompt('without').hash).toMatchInlineSnapshot(
      `"8965ec3a47bc42fbc11fc70f2473a512ce876febdfecbcc6144811b59f67899e"`,
    );
  });
});
