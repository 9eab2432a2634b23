import uPlot from 'uplot';
import type { Model } from '../model/model';
import { type Series, seriesOf } from './series';
import { onTheme } from './theme';
import type { Dispose } from './view';

const LINE_COLOURS = 6;

/** Show `ui/LinePlot`. */
export function renderPlot(host: HTMLElement, model: Model): Dispose {
  const plot = new Plot(host, model);
  return () => plot.dispose();
}

/** A canvas plot kept in step with a model: drawn at most once per frame, as wide as its place. */
class Plot {
  private plot: uPlot | undefined;
  private lines = 0;
  private frame = 0;
  private rebuild = true;
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
      model.on('*', ({ name }) => this.changed(name)),
      onTheme(() => this.changed('theme')),
      () => resize.disconnect(),
    ];
    this.draw();
  }

  dispose(): void {
    for (const off of this.offs) off();
    cancelAnimationFrame(this.frame);
    this.plot?.destroy();
  }

  private changed(name: string): void {
    this.rebuild ||= name !== 'x' && name !== 'y';
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    const series = seriesOf(this.model.get('x'), this.model.get('y'));
    const labels = this.labels(series.columns.length - 1);
    this.host.setAttribute('aria-label', describe(series, labels));
    const data = series.columns as unknown as uPlot.AlignedData;
    if (this.plot && !this.rebuild && this.lines === labels.length) this.plot.setData(data);
    else this.build(data, labels, series.time);
  }

  private build(data: uPlot.AlignedData, labels: readonly string[], time: boolean): void {
    this.plot?.destroy();
    this.plot = new uPlot(options(this.host, this.size(), labels, time), data, this.host);
    this.lines = labels.length;
    this.rebuild = false;
  }

  private resize(): void {
    const size = this.size();
    if (this.plot && this.plot.width !== size.width) this.plot.setSize(size);
  }

  private size(): { width: number; height: number } {
    const height = this.model.get('height');
    return {
      width: Math.max(80, Math.floor(this.host.clientWidth)),
      height: typeof height === 'number' && height > 0 ? height : 240,
    };
  }

  private labels(count: number): string[] {
    const given = this.model.get('labels');
    const names: unknown[] = Array.isArray(given) ? given : [];
    return Array.from({ length: count }, (_, i) => String(names[i] ?? `line ${i + 1}`));
  }
}

function options(
  host: HTMLElement,
  size: { width: number; height: number },
  labels: readonly string[],
  time: boolean,
): uPlot.Options {
  const style = getComputedStyle(host);
  const token = (name: string) =>
    style.getPropertyValue(`--syncline-plot-${name}`).trim() || 'gray';
  const font = `12px ${style.fontFamily}`;
  const grid = { stroke: token('grid'), width: 1 };
  const axis = { stroke: token('text'), font, grid, ticks: grid };
  const line = (label: string, i: number): uPlot.Series => ({
    label,
    stroke: token(`line-${(i % LINE_COLOURS) + 1}`),
    width: 2,
  });
  return {
    ...size,
    scales: { x: { time } },
    axes: [axis, { ...axis, size: 56 }],
    series: [{ label: 'x' }, ...labels.map(line)],
    legend: { show: labels.length > 1 },
    cursor: { y: false },
  };
}

function describe({ columns: [x] }: Series, labels: readonly string[]): string {
  const names = labels.length > 1 ? ` of ${labels.join(', ')}` : '';
  const count = `${x.length} ${x.length === 1 ? 'point' : 'points'}`;
  const range = x.length ? `, x from ${x[0]} to ${x[x.length - 1]}` : '';
  return `Line plot${names}: ${count}${range}`;
}
