import { connectS3 } from './s3-client';

const NOTICE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

describe('connectS3', () => {
  const before = process.env[NOTICE];
  afterEach(() => {
    jest.restoreAllMocks();
    if (before === undefined) delete process.env[NOTICE];
    else process.env[NOTICE] = before;
  });

  async function warningsOfAConnection(): Promise<unknown[]> {
    const warned = jest.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const { client } = await connectS3({
      endpoint: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    client.destroy();
    return warned.mock.calls.map(([warning]) => warning);
  }

  it('prints nothing of what future releases of the SDK will need', async () => {
    delete process.env[NOTICE];
    expect(await warningsOfAConnection()).toEqual([]);
  });

  it('leaves it to whoever has set it', async () => {
    process.env[NOTICE] = 'false';
    await warningsOfAConnection();
    expect(process.env[NOTICE]).toBe('false');
  });
});
