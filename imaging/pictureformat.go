package imaging

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// format is a kind of picture file, known by its first bytes whatever its name says. These are the formats that
// amgen means; the registry of package image has those of every package of the program.
type format struct {
	name   string
	is     func(head []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(r io.ReaderAt, size int64) (image.Image, error)
	about  func(r io.ReaderAt, size int64) metadata
	toRGB  func(*image.YCbCr) *image.RGBA
	// working is how many bytes a pixel takes while it is decoded, beside the picture itself.
	working int64
}

var formats = []format{
	{name: "PNG", is: begins("\x89PNG\r\n\x1a\n"), config: png.DecodeConfig, decode: streamed(png.Decode),
		about: pngMetadata, working: 4},
	{name: "JPEG", is: begins("\xff\xd8"), config: jpeg.DecodeConfig, decode: streamed(jpeg.Decode),
		about: jpegMetadata, toRGB: jpegRGB, working: 3},
	{name: "GIF", is: begins("GIF8"), config: gif.DecodeConfig, decode: decodeGIF, working: 2},
	{name: "BMP", is: begins("BM"), config: bmp.DecodeConfig, decode: streamed(bmp.Decode), working: 1},
	{name: "WebP", is: func(b []byte) bool {
		return len(b) >= 12 && string(b[:4]) == "RIFF" &&
			string(b[8:12]) == "WEBP"
	},
		config: webp.DecodeConfig, decode: streamed(webp.Decode), about: webpMetadata, toRGB: webpRGB, working: 8},
}

func begins(magic string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }
}

func streamed(decode func(io.Reader) (image.Image, error)) func(io.ReaderAt, int64) (image.Image, error) {
	return func(r io.ReaderAt, size int64) (image.Image, error) {
		return decode(bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<16))
	}
}

// formatOf finds the format by the first bytes, and says what a file is whose format isn't read.
func formatOf(head []byte) (*format, error) {
	for i := range formats {
		if formats[i].is(head) {
			return &formats[i], nil
		}
	}
	const convert = "; convert it to PNG, or remove it"
	text := strings.ToLower(strings.TrimSpace(string(head)))
	brand := ""
	if len(head) >= 12 && string(head[4:8]) == "ftyp" {
		brand = string(head[8:12])
	}
	is := func(magics ...string) bool {
		for _, magic := range magics {
			if bytes.HasPrefix(head, []byte(magic)) {
				return true
			}
		}
		return false
	}
	switch {
	case len(head) == 0:
		return nil, errors.New("an empty file; copy it again, or remove it")
	case len(bytes.Trim(head, "\x00")) == 0:
		return nil, errors.New("a file of zeros; copy it again, or remove it")
	case is("version https://git-lfs"):
		return nil, errors.New("a pointer of Git LFS instead of the picture; run git lfs pull")
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return nil, errors.New("a web page; fetch the picture again, or remove it")
	case strings.HasPrefix(text, "<svg"), strings.HasPrefix(text, "<?xml"):
		return nil, errors.New("an SVG or other XML file, which isn't read" + convert)
	case is("II*\x00", "MM\x00*", "II+\x00", "MM\x00+"):
		return nil, errors.New("a TIFF file, which isn't read" + convert)
	case strings.HasPrefix(brand, "avi"):
		return nil, errors.New("an AVIF file, which isn't read" + convert)
	case strings.HasPrefix(brand, "he"), strings.HasPrefix(brand, "mif"), strings.HasPrefix(brand, "msf"):
		return nil, errors.New("a HEIC file, which isn't read" + convert)
	case is("\x00\x00\x00\x0cjP  ", "\xff\x4f\xff\x51"):
		return nil, errors.New("a JPEG 2000 file, which isn't read" + convert)
	case is("\x00\x00\x00\x0cJXL ", "\xff\x0a"):
		return nil, errors.New("a JPEG XL file, which isn't read" + convert)
	}
	return nil, fmt.Errorf("a file that is none of %s; remove or repair it", formatNames())
}

func formatNames() string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}
