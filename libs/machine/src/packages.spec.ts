import { installCommand, packagesFor } from './packages.mjs';

describe('the command that brings what is missing', () => {
  const needs = ['ffmpeg', 'nats-server', 'venv'];

  it('uses apt, with sudo for those who need it', () => {
    expect(installCommand(needs, 'apt', { asRoot: true })).toBe(
      'apt-get install -y ffmpeg nats-server python3-venv python3-pip',
    );
    expect(installCommand(['cmake'], 'apt', { asRoot: false })).toBe('sudo apt-get install -y cmake');
  });

  it('names each package once', () => {
    expect(installCommand(['python3', 'venv'], 'apt', { asRoot: true })).toBe(
      'apt-get install -y python3 python3-venv python3-pip',
    );
  });

  it('uses brew without sudo', () => {
    expect(installCommand(['cmake', 'ffmpeg'], 'brew', { asRoot: false })).toBe('brew install cmake ffmpeg');
  });

  it('says what to look for where no package manager is known', () => {
    expect(installCommand(['cmake', 'compiler'], 'other')).toBe(
      'install CMake 3.21 or newer; g++ 11 or clang++ 14, or newer',
    );
    expect(packagesFor('cmake', 'other')).toBeNull();
  });
});
