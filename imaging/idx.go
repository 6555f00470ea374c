package imaging

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFormat is wrapped by the error for a data file that isn't what its format promises.
var ErrFormat = errors.New("malformed data file")

// IDX is the content of an IDX file of unsigned bytes, the format of MNIST and Fashion-MNIST.
type IDX struct {
	Dims []int
	Data []uint8 // row-major, aliases the parsed bytes
}

// idxUint8 is the type code of unsigned bytes, the third byte of an IDX file.
const idxUint8 = 0x08

// ParseIDX reads an uncompressed IDX file of unsigned bytes: two zero bytes, the type code 8, the
// number of dimensions (1 to 4), each dimension as a big-endian uint32, then exactly the product of
// the dimensions in bytes. It allocates nothing that grows with what the header claims. Errors wrap
// [ErrFormat].
func ParseIDX(data []byte) (IDX, error) {
	if len(data) < 4 {
		return IDX{}, fmt.Errorf("imaging: %w: IDX header, got %d bytes; at least 8 are needed, fetch the file again",
			ErrFormat, len(data))
	}
	if data[0] != 0 || data[1] != 0 {
		hint := "is it an IDX file?"
		if data[0] == 0x1f && data[1] == 0x8b {
			hint = "it looks compressed, gunzip it first"
		}
		return IDX{}, fmt.Errorf("imaging: %w: IDX magic, got % x; want 00 00 08 and a rank, %s", ErrFormat, data[:4],
			hint)
	}
	rank := int(data[3])
	if data[2] != idxUint8 || rank < 1 || rank > 4 {
		return IDX{}, fmt.Errorf("imaging: %w: IDX type and rank, got 0x%02x and %d; only unsigned bytes (0x08) of "+
			"rank 1 to 4 are read", ErrFormat,
			data[2], rank)
	}
	body := 4 + 4*rank
	if len(data) < body {
		return IDX{}, fmt.Errorf(
			"imaging: %w: IDX header of rank %d, got %d bytes; %d are needed, fetch the file again", ErrFormat, rank,
			len(data), body)
	}
	dims := make([]int, rank)
	want := uint64(1)
	for i := range dims {
		d := binary.BigEndian.Uint32(data[4+4*i:])
		dims[i] = int(d)
		// Dividing before multiplying: the product can neither overflow nor hide a zero.
		if d == 0 || uint64(d) > uint64(len(data))/want {
			return IDX{}, fmt.Errorf("imaging: %w: IDX dimensions %d, got %d bytes of data; the file is truncated or "+
				"its header lies, fetch it again", ErrFormat,
				dims[:i+1], len(data)-body)
		}
		want *= uint64(d)
	}
	if want != uint64(len(data)-body) {
		return IDX{}, fmt.Errorf("imaging: %w: IDX data of dimensions %d, got %d bytes; want %d, the file is "+
			"truncated or has more than that, fetch it again", ErrFormat,
			dims, len(data)-body, want)
	}
	return IDX{Dims: dims, Data: data[body:]}, nil
}
