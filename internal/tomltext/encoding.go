package tomltext

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// normal makes TOML's own form of a text that an editor saved in another: without a byte-order mark, from UTF-16,
// with lines that end in \n. In valid TOML it changes nothing but the ends of lines.
func normal(text []byte) ([]byte, error) {
	order := map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian,
		"\xfe\xff": binary.BigEndian}[string(text[:min(2, len(text))])]
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe\x00\x00")) || bytes.HasPrefix(text, []byte("\x00\x00\xfe\xff")):
		return nil, errors.New("it is in UTF-32; save it as UTF-8")
	case order != nil:
		var err error
		if text, err = fromUTF16(text[2:], order); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		text = text[3:]
	case bytes.IndexByte(text, 0) >= 0:
		return nil, errors.New("it has zero bytes, as binary files have and text in UTF-16 without a byte-order " +
			"mark; save it as UTF-8")
	}
	if !utf8.Valid(text) {
		row, column := 1, 1
		for at := 0; at < len(text); {
			r, size := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			if at, column = at+size, column+1; r == '\n' {
				row, column = row+1, 1
			}
		}
		return nil, fmt.Errorf("line %d, column %d: it isn't UTF-8; save it as UTF-8", row, column)
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n")), nil
}

// fromUTF16 makes UTF-8 of it.
func fromUTF16(text []byte, order binary.ByteOrder) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, errors.New("it is in UTF-16 with half a character at its end; save it as UTF-8")
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}
