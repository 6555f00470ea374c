package tables

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeText makes UTF-8 with \n at the ends of lines of a text file, and says what it took the text for where that is
// no UTF-8. What can't be known is an error that completes "FILE is …".
func decodeText(data []byte) (text []byte, note string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")) || bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return nil, "", errors.New("text in UTF-32; save it as UTF-8")
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		text, err = fromUTF16(data[2:], binary.LittleEndian)
		note = "text in UTF-16"
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		text, err = fromUTF16(data[2:], binary.BigEndian)
		note = "text in UTF-16"
	case bytes.IndexByte(data, 0) >= 0:
		even, odd := 0, 0
		for i, b := range data[:min(len(data), 1<<12)] {
			if b == 0 && i%2 == 0 {
				even++
			} else if b == 0 {
				odd++
			}
		}
		if (even == 0) != (odd == 0) && even+odd > min(len(data), 1<<12)/8 {
			return nil, "", errors.New("text in UTF-16 without the mark that tells the order of its bytes; save it " +
				"as UTF-8")
		}
		return nil, "", errors.New("no text: it has bytes that are 0; save the table as CSV in UTF-8")
	default:
		text = bytes.TrimPrefix(data, []byte("\ufeff"))
		if !utf8.Valid(text) {
			text, note = fromLatin1(text), "text that isn't UTF-8, read as Latin-1"
		}
	}
	if err != nil {
		return nil, "", err
	}
	if bytes.IndexByte(text, '\r') >= 0 {
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	return text, note, nil
}

func fromUTF16(data []byte, order binary.ByteOrder) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, errors.New("text in UTF-16 that is cut off in a letter; save it again, as UTF-8")
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	out := make([]byte, 0, len(data))
	for _, r := range utf16.Decode(units) {
		if r == 0 {
			return nil, errors.New("no text: it has letters that are 0; save the table as CSV in UTF-8")
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

func fromLatin1(data []byte) []byte {
	out := make([]byte, 0, len(data)+len(data)/8)
	for _, b := range data {
		out = utf8.AppendRune(out, rune(b))
	}
	return out
}
