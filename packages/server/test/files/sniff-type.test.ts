import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sniffType, TextCheck, typeOf } from '../../src/files/sniff-type.ts';
import { wavOf } from '../support/wav.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const mp4 = (brand: string, rest = ''): Buffer => latin1(`\0\0\0\x18ftyp${brand}${rest}`);
const matroska = (kind: string, codecs: string): Buffer =>
  latin1(`\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84${kind}${'\0'.repeat(64)}${codecs}`);
const ogg = (codec: string): Buffer => latin1(`OggS\0\x02${'\0'.repeat(22)}${codec}`);
const OCTETS = 'application/octet-stream';

const FILES: Readonly<Record<string, readonly [type: string, content: Buffer]>> = {
  'a film': ['video/mp4', mp4('isom', 'moov hdlr vide hdlr soun')],
  'a film whose description is at its end': ['video/mp4', mp4('mp42', 'mdat')],
  'sound in the container of films': ['audio/mp4', mp4('isom', 'moov hdlr soun')],
  'a song of a shop': ['audio/mp4', mp4('M4A ', 'mdat')],
  'a film of QuickTime': ['video/quicktime', mp4('qt  ', 'moov')],
  'a picture in the container of films': ['image/heic', mp4('heic', 'meta')],
  'a picture of the web in it': ['image/avif', mp4('avif', 'meta')],
  'a picture that may be moving': ['image/avif', mp4('mif1', '\0\0\0\0avis')],
  'a film without a brand': ['video/quicktime', latin1('\0\0\x02\0moov')],
  'a picture of a scanner': ['image/tiff', latin1('MM\0*\0\0\0\x08')],
  'a film of the web': ['video/webm', matroska('webm', 'V_VP9 A_OPUS')],
  'a recording of the web': ['audio/webm', matroska('webm', 'A_OPUS')],
  'a film of Matroska': ['video/x-matroska', matroska('matroska', 'V_MPEG4')],
  'Opus in Ogg': ['audio/ogg', ogg('OpusHead')],
  'Vorbis in Ogg': ['audio/ogg', ogg('\x01vorbis')],
  'Theora in Ogg': ['video/ogg', ogg('\x80theora')],
  'something else in Ogg': [OCTETS, ogg('text')],
  'a wave': ['audio/wav', wavOf(0.1)],
  'a lossless song': ['audio/flac', latin1('fLaC\0\0')],
  'a song with a title': ['audio/mpeg', latin1('ID3\x04\0\0')],
  'a song without one': ['audio/mpeg', Buffer.from([0xff, 0xfb, 0x90, 0x64])],
  'frames of AAC': ['audio/aac', Buffer.from([0xff, 0xf1, 0x50, 0x80])],
  'bytes that only begin like a frame': [OCTETS, Buffer.from([0xff, 0xfb, 0xff, 0xff])],
  'text with a mark of its order': [OCTETS, Buffer.from([0xff, 0xfe, 0x41, 0x00])],
  nothing: [OCTETS, Buffer.alloc(0)],
};

describe('the type of a file is found in its beginning', () => {
  for (const [what, [type, content]] of Object.entries(FILES)) {
    test(`${what}: ${type}`, () => assert.equal(sniffType(content).type, type));
  }
});

const TEXT = 'text/plain; charset=utf-8';
const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const TEXTS: Readonly<Record<string, readonly [type: string, content: Buffer]>> = {
  'notes of every language': [TEXT, Buffer.from('Grüße, 您好 😀\r\n\tend\f')],
  'a mark of the order of bytes, and text': [TEXT, Buffer.from('\ufeffa;b\n')],
  'a page': [TEXT, Buffer.from('<!doctype html><script>alert(1)</script>')],
  'a picture in letters': [TEXT, Buffer.from(PICTURE)],
  'letters of another code': [OCTETS, latin1('Gr\xfc\xdfe')],
  'text with a character that is cut at its end': [OCTETS, Buffer.from('10 €').subarray(0, -1)],
  'text with a zero far behind its beginning': [OCTETS, Buffer.from(`${'a'.repeat(70_000)}\0`)],
  'text with a command of a terminal': [OCTETS, Buffer.from('\x1b[2J')],
  'a document, which is text, too': ['application/pdf', Buffer.from('%PDF-1.7\n')],
  nothing: [OCTETS, Buffer.alloc(0)],
};

describe('text is found in the whole file, however it is split', () => {
  for (const [what, [type, content]] of Object.entries(TEXTS)) {
    for (const step of [1, 7, 1 << 20]) {
      test(`${what}, in steps of ${step}: ${type}`, () => {
        const text = new TextCheck();
        for (let at = 0; at < content.length; at += step) text.add(content.subarray(at, at + step));
        assert.equal(typeOf(sniffType(content), text), type);
      });
    }
  }
});
