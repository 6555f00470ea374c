package imaging

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"os"
	"strconv"
)

// Tiled is a grid that knows how many images it holds: its last row may end in empty places. [EncodePNG] and [WritePNG]
// put the number into the file, and [LoadGrid] reads it.
type Tiled struct {
	image.Image
	Images int
}

// bare is the picture itself.
func bare(img image.Image) image.Image {
	if t, ok := img.(Tiled); ok {
		return t.Image
	}
	return img
}

// countKey is the keyword of the text in a PNG that tells how many images the grid holds.
const countKey = "amgen:images"

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	pngHeader    = len(pngSignature) + 25 // with the chunk IHDR, which comes first
)

// encodePNG is png.Encode, with the number of images where it is known.
func encodePNG(w io.Writer, img image.Image) error {
	if t, ok := img.(Tiled); ok {
		text := []byte("tEXt" + countKey + "\x00" + strconv.Itoa(t.Images))
		chunk := binary.BigEndian.AppendUint32(nil, uint32(len(text)-4))
		chunk = append(chunk, text...)
		chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(text))
		w = &inserting{Writer: w, after: pngHeader, chunk: chunk}
	}
	return png.Encode(w, bare(img))
}

// inserting puts a chunk after so many bytes.
type inserting struct {
	io.Writer
	after int
	chunk []byte // nil once it is written
}

func (i *inserting) Write(p []byte) (int, error) {
	if i.chunk == nil || len(p) < i.after {
		if i.chunk != nil {
			i.after -= len(p)
		}
		return i.Writer.Write(p)
	}
	n, err := i.Writer.Write(p[:i.after])
	if err != nil {
		return n, err
	}
	if _, err := i.Writer.Write(i.chunk); err != nil {
		return n, err
	}
	i.chunk = nil
	m, err := i.Writer.Write(p[n:])
	return n + m, err
}

// imagesInPNG is the number of images that a PNG says it holds, 0 where it says nothing that counts.
func imagesInPNG(path string) int {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	var head [8]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:]) != pngSignature {
		return 0
	}
	const mostChunks = 1000
	for range mostChunks {
		if _, err := io.ReadFull(f, head[:]); err != nil {
			return 0
		}
		size := int64(binary.BigEndian.Uint32(head[:]))
		kind := string(head[4:])
		if kind == "IDAT" || kind == "IEND" {
			return 0
		}
		if kind == "tEXt" && size < int64(len(countKey))+20 {
			text := make([]byte, size)
			if _, err := io.ReadFull(f, text); err != nil {
				return 0
			}
			if number, ok := bytes.CutPrefix(text, []byte(countKey+"\x00")); ok {
				n, err := strconv.Atoi(string(number))
				if err != nil || n < 1 {
					return 0
				}
				return n
			}
			size = 0
		}
		if _, err := f.Seek(size+4, io.SeekCurrent); err != nil { // and the checksum
			return 0
		}
	}
	return 0
}

// emptyAtEnd counts the tiles at the end, in pixels tile after tile, that are of the padding's colour throughout: that
// between tiles, or black or white where nothing is between them. The first is never one.
func emptyAtEnd(pixels []uint8, tile, channels int, between []uint8) int {
	count := len(pixels) / tile
	empty := 0
	for ; empty < count-1; empty++ {
		last := pixels[(count-empty-1)*tile : (count-empty)*tile]
		colour := last[:channels]
		for at := 0; at < len(last); at += channels {
			if !bytes.Equal(last[at:at+channels], colour) {
				return empty
			}
		}
		plain := bytes.Equal(colour, bytes.Repeat([]byte{0}, channels)) ||
			bytes.Equal(colour, bytes.Repeat([]byte{255}, channels))
		if between == nil && !plain || between != nil && !bytes.Equal(colour, between) {
			return empty
		}
	}
	return empty
}
