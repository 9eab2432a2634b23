// What a page of ours loads: the runtime's one file, which begins by itself, and a style sheet.
import '../../style/page.css';
import './start';
