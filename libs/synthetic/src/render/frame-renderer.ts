import { personAt } from '../pose/person-at';
import { Random } from '../random/random';
import { createRaster, type Raster, type Rgb, rgb } from '../raster/raster';
import { Projector } from '../script/camera';
import type { PersonActor, SceneScript } from '../script/scene-script';
import { Brush } from './background/brush';
import { PAINTERS } from './background/places';
import { drawEffect, drawFlash, drawGroundEffect } from './effects';
import { Sensor } from './noise';
import { drawPerson, drawPersonShadow } from './person';
import { drawProp, propAt } from './props';
import { drawVehicle, vehicleAt } from './vehicle';

interface Drawable {
  depth: number;
  draw(): void;
}

/**
 * Draws a script's frames one after another: the same script gives the same bytes. Painter's algorithm: what is farther
 * from the camera is drawn first, so that nearer people and things hide it.
 */
export class FrameRenderer {
  readonly raster: Raster;
  private readonly backdrop: Raster;
  private readonly projector: Projector;
  private readonly sensor: Sensor;
  private readonly people: ReadonlyMap<string, PersonActor>;
  private readonly tint: (color: Rgb) => Rgb;
  private readonly drawables: Drawable[] = [];

  constructor(private readonly script: SceneScript) {
    const { width, height } = script.video;
    this.raster = createRaster(width, height);
    this.projector = new Projector(script.camera, width, height);
    const random = new Random(script.seed);
    this.sensor = new Sensor(script.light, random.fork('sensor'));
    this.people = new Map(script.people.map((person) => [person.id, person]));
    const [red, green, blue] = script.light.gain;
    const { lift } = script.light;
    this.tint = (color) =>
      rgb((color >> 16) * red + lift, ((color >> 8) & 255) * green + lift, (color & 255) * blue + lift);
    this.backdrop = createRaster(width, height);
    if (script.scene !== 'footage') this.paintBackdrop(random.fork('backdrop'));
  }

  /**
   * Draws the next frame into `raster`.
   * @param index 0-based; frames are drawn in order, since the sensor's noise goes on from one to the next.
   * @param behind real picture to draw upon, of the same size
   */
  render(index: number, behind?: Uint8Array): Raster {
    const { script, raster } = this;
    const sec = index / script.video.fps;
    if (behind !== undefined && behind.length !== raster.data.length) {
      throw new RangeError(`expected ${raster.data.length} bytes of picture behind, received ${behind.length}`);
    }
    raster.data.set(behind ?? this.backdrop.data);
    for (const effect of script.effects) drawGroundEffect(raster, this.projector, effect, sec);
    for (const person of script.people) {
      const state = personAt(person, sec);
      if (state !== null) drawPersonShadow(raster, this.projector, state, person.look, script.light);
    }
    this.collect(sec);
    this.drawables.sort((a, b) => b.depth - a.depth);
    for (const drawable of this.drawables) drawable.draw();
    for (const effect of script.effects) drawFlash(raster, this.projector, effect, sec);
    if (behind === undefined) this.sensor.expose(raster);
    else this.sensor.exposeDrawn(raster, behind);
    return raster;
  }

  private collect(sec: number): void {
    const { script, raster, projector, drawables, tint } = this;
    drawables.length = 0;
    const add = (x: number, z: number, draw: () => void): void => {
      projector.project(x, 0, z);
      drawables.push({ depth: projector.depth, draw });
    };
    for (const person of script.people) {
      const state = personAt(person, sec);
      if (state === null) continue;
      const { x, z } = state;
      add(x, z, () => {
        // States are reused: asked anew when it is this person's turn.
        const now = personAt(person, sec);
        if (now !== null) drawPerson(raster, projector, now, person.look, tint);
      });
    }
    for (const vehicle of script.vehicles) {
      const state = vehicleAt(vehicle, sec);
      add(state.x, state.z, () => drawVehicle(raster, projector, vehicle, state, script.light, tint));
    }
    for (const prop of script.props) {
      const state = propAt(prop, sec, this.people);
      // What is held is drawn over its holder.
      if (state !== null)
        add(state.x, state.z - (state.held ? 0.3 : 0), () => drawProp(raster, projector, prop, state, tint));
    }
    for (const effect of script.effects) {
      if (effect.type === 'puddle' || effect.type === 'flash') continue;
      add(effect.at[0], effect.at[2] - 0.05, () => drawEffect(raster, projector, effect, sec));
    }
  }

  private paintBackdrop(random: Random): void {
    const { script, backdrop } = this;
    if (script.scene === 'footage') return;
    const brush = new Brush(backdrop, this.projector, random);
    PAINTERS[script.scene](brush);
    const { data } = backdrop;
    const [red, green, blue] = script.light.gain;
    for (let at = 0; at < data.length; at += 3) {
      data[at] = (data[at] as number) * red + script.light.lift;
      data[at + 1] = (data[at + 1] as number) * green + script.light.lift;
      data[at + 2] = (data[at + 2] as number) * blue + script.light.lift;
    }
    brush.finish(script.light.vignette);
  }
}
