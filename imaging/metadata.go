package imaging

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"
	"regexp"
	"strings"
)

// metadata is what a picture file has besides pixels that matters for reading it.
type metadata struct {
	exif, xmp   []byte // nil if there is none
	progressive bool   // a JPEG whose coefficients are all kept until the end
}

// Bounds on what is looked at: a file may claim anything.
const (
	maxMetadata = 1 << 18 // bytes of one segment or chunk
	maxChunks   = 1 << 16 // segments or chunks of one file
)

// jpegMetadata walks the segments before the first scan.
func jpegMetadata(r io.ReaderAt, size int64) (m metadata) {
	var b [4]byte
	at := int64(2)
	for range maxChunks {
		if _, err := r.ReadAt(b[:], at); err != nil || b[0] != 0xff || b[1] == 0xda || b[1] == 0xd9 {
			return m
		}
		if b[1] == 0xff { // fill
			at++
			continue
		}
		length := int64(binary.BigEndian.Uint16(b[2:]))
		switch b[1] {
		case 0xc2:
			m.progressive = true
		case 0xe1:
			data := part(r, at+4, length-2, size)
			if m.exif == nil && bytes.HasPrefix(data, []byte("Exif\x00")) {
				m.exif = data
			} else if xmp, ok := bytes.CutPrefix(data, []byte("http://ns.adobe.com/xap/1.0/\x00")); ok {
				m.xmp = xmp
			}
		}
		at += 2 + length
	}
	return m
}

// pngMetadata walks all chunks: eXIf may come after the pixels. ImageMagick's older releases wrote EXIF as text.
func pngMetadata(r io.ReaderAt, size int64) (m metadata) {
	var b [8]byte
	at := int64(8)
	for range maxChunks {
		if _, err := r.ReadAt(b[:], at); err != nil {
			return m
		}
		length := int64(binary.BigEndian.Uint32(b[:]))
		switch string(b[4:]) {
		case "eXIf":
			m.exif = part(r, at+8, length, size)
		case "tEXt", "zTXt":
			if text := part(r, at+8, length, size); m.exif == nil {
				m.exif = rawProfile(text)
			}
		case "iTXt": // keyword, compressed or not, language, translated keyword, text
			const start = "XML:com.adobe.xmp\x00\x00"
			if xmp, ok := bytes.CutPrefix(part(r, at+8, length, size), []byte(start)); ok {
				m.xmp = xmp
			}
		case "IEND":
			return m
		}
		at += 12 + length
	}
	return m
}

// webpMetadata walks the chunks of a RIFF file.
func webpMetadata(r io.ReaderAt, size int64) (m metadata) {
	var b [8]byte
	at := int64(12)
	for range maxChunks {
		if _, err := r.ReadAt(b[:], at); err != nil {
			return m
		}
		length := int64(binary.LittleEndian.Uint32(b[4:]))
		switch string(b[:4]) {
		case "EXIF":
			m.exif = part(r, at+8, length, size)
		case "XMP ":
			m.xmp = part(r, at+8, length, size)
		}
		at += 8 + length + length%2
	}
	return m
}

// part reads a piece of a file that lies inside it, as much as matters; nil if it doesn't.
func part(r io.ReaderAt, at, length, size int64) []byte {
	if length < 0 || at+length > size {
		return nil
	}
	data := make([]byte, min(length, maxMetadata))
	if _, err := r.ReadAt(data, at); err != nil && err != io.EOF {
		return nil
	}
	return data
}

// rawProfile decodes the text chunk "Raw profile type exif": two lines of name and length, then hexadecimal digits.
func rawProfile(text []byte) []byte {
	keyword, value, _ := bytes.Cut(text, []byte{0})
	if string(keyword) != "Raw profile type exif" {
		return nil
	}
	if len(value) > 0 && value[0] == 0 { // zTXt: the method of compression
		z, err := zlib.NewReader(bytes.NewReader(value[1:]))
		if err != nil {
			return nil
		}
		if value, err = io.ReadAll(io.LimitReader(z, 2*maxMetadata)); err != nil {
			return nil
		}
	}
	lines := strings.SplitN(string(value), "\n", 4)
	if len(lines) < 4 {
		return nil
	}
	data, err := hex.DecodeString(strings.Join(strings.Fields(lines[3]), ""))
	if err != nil {
		return nil
	}
	return data
}

var xmpOrientation = regexp.MustCompile(`tiff:Orientation(="|>)([0-9])`)

// orientation is how the pixels lie, 1 (upright) to 8, by the first directory of the EXIF block, else by XMP. What
// can't be understood counts as upright, as in every viewer.
func (m metadata) orientation() int {
	o, found := exifOrientation(m.exif)
	if match := xmpOrientation.FindSubmatch(m.xmp); !found && match != nil {
		o = int(match[2][0] - '0')
	}
	if o < 1 || o > 8 {
		return 1
	}
	return o
}

func exifOrientation(data []byte) (value int, found bool) {
	for range 2 { // some writers put the mark twice
		data = bytes.TrimPrefix(data, []byte("Exif\x00\x00"))
	}
	if len(data) < 8 {
		return 0, false
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(data[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0, false
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return 0, false
	}
	entries := data[at+2:]
	for range order.Uint16(data[at:]) {
		if len(entries) < 12 {
			return 0, false
		}
		if order.Uint16(entries) == 0x0112 {
			switch order.Uint16(entries[2:]) {
			case 1:
				return int(entries[8]), true
			case 3:
				return int(order.Uint16(entries[8:])), true
			case 4:
				return int(order.Uint32(entries[8:])), true
			}
			return 0, false
		}
		entries = entries[12:]
	}
	return 0, false
}
