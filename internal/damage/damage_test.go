package damage

import (
	"bytes"
	"errors"
	"hash/crc32"
	"testing"
)

// TestCheck: a file of a checksum and its text is refused in every case; of a text with an open byte that one alone
// reads as something else.
func TestCheck(t *testing.T) {
	defer func(was bool) { *all = was }(*all)
	*all = true
	text := []byte("all that is read")
	sum := crc32.ChecksumIEEE(text)
	whole := append([]byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)}, text...)
	r := File{Name: "with a checksum", Data: whole, Read: func(data []byte) (any, error) {
		if len(data) < 4 || crc32.ChecksumIEEE(data[4:]) != uint32(data[0])|uint32(data[1])<<8|uint32(
			data[2])<<16|uint32(data[3])<<24 {
			return nil, errors.New("refused")
		}
		return string(data[4:]), nil
	}}.Check(t)
	if r.Flips != 8*len(whole) || r.Cuts != len(whole) || r.Refused != r.Flips+r.Cuts {
		t.Errorf("got %+v", r)
	}
	r = File{Name: "open", Data: text, Open: func(at int) bool { return at == 3 },
		Read: func(data []byte) (any, error) {
			if len(data) != len(text) || !bytes.Equal(data[:3], text[:3]) || !bytes.Equal(data[4:], text[4:]) {
				return nil, errors.New("refused")
			}
			return string(data), nil
		}}.Check(t)
	if r.Other != 8 || r.Refused != r.Flips+r.Cuts-8 {
		t.Errorf("got %+v", r)
	}
}
