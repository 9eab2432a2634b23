import { LabIcon } from '@jupyterlab/ui-components';

const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16">
<g class="jp-icon3" fill="#616161"><path d="M1 5h7.2a2.3 2.3 0 1 0 0-1.6H1zM15 11H7.8a2.3 2.3 0 1 0 0 1.6H15z"/></g>
</svg>`;

/** Syncline's mark, in the colour of JupyterLab's own icons. */
export const icon = new LabIcon({ name: 'syncline:document', svgstr });

/** The same in our colours, for a place that takes pictures only. */
export const picture = `data:image/svg+xml,${encodeURIComponent(
  svgstr.replace('#616161', '#2456c8'),
)}`;
