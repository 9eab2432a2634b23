import uPlot from 'uplot';
import type { Model } from '../model/model';
import { optionsFor, type PlotLook } from './plot-options';
import { summaryOf } from './plot-text';
import { seriesOf } from './series';
import { onTheme } from './theme';
import type { Dispose } from './view';

/** Show `ui/LinePlot`. */
export function renderPlot(host: HTMLElement, model: Model): Dispose {
  const plot = new Plot(host, model);
  return () => plot.dispose();
}

/** A canvas plot kept in step with a model: drawn at most once per frame, as wide as its place. */
class Plot {
  private plot: uPlot | undefined;
  // What the present plot was built for.
  private built = '';
  private frame = 0;
  private readonly offs: Dispose[];

  constructor(
    private readonly host: HTMLElement,
    private readonly model: Model,
  ) {
    host.classList.add('syncline-plot');
    host.setAttribute('role', 'img');
    const resize = new ResizeObserver(() => this.resize());
    resize.observe(host);
    this.offs = [
      model.on('*', () => this.changed()),
      onTheme(() => {
        this.built = '';
        this.changed();
      }),
      () => resize.disconnect(),
    ];
    this.draw();
  }

  dispose(): void {
    for (const off of this.offs) off();
    cancelAnimationFrame(this.frame);
    this.plot?.destroy();
  }

  private changed(): void {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    const series = seriesOf(this.model.get('x'), this.model.get('y'));
    const labels = this.labels(series.columns.length - 1);
    this.host.setAttribute('aria-label', summaryOf(series, labels));
    const data = series.columns as unknown as uPlot.AlignedData;
    const look = { width: this.width(), height: this.height(), labels, time: series.time };
    const wanted = JSON.stringify({ ...look, width: 0 });
    if (this.plot && this.built === wanted) this.plot.setData(data);
    else this.build(data, look);
    this.built = wanted;
  }

  private build(data: uPlot.AlignedData, look: PlotLook): void {
    this.plot?.destroy();
    this.plot = new uPlot(optionsFor(this.host, look), data, this.host);
  }

  private resize(): void {
    const width = this.width();
    if (this.plot && this.plot.width !== width) this.plot.setSize({ width, height: this.height() });
  }

  private width(): number {
    return Math.max(80, Math.floor(this.host.clientWidth));
  }

  private height(): number {
    const height = this.model.get('height');
    return typeof height === 'number' && height > 0 ? height : 240;
  }

  private labels(count: number): string[] {
    const given = this.model.get('labels');
    const names: unknown[] = Array.isArray(given) ? given : [];
    return Array.from({ length: count }, (_, i) => String(names[i] ?? `line ${i + 1}`));
  }
}
