package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// filter is a step by which chunks were packed.
type filter struct {
	id     uint16
	values []uint32
}

// The filters that are read.
const (
	deflateFilter  = 1
	shuffleFilter  = 2
	checksumFilter = 3
	lzfFilter      = 32000
)

// unread names filters that aren't read.
var unread = map[uint16]string{4: "szip", 5: "nbit", 6: "scaleoffset", 307: "bzip2", 32001: "blosc", 32004: "lz4",
	32008: "bitshuffle", 32013: "zfp", 32015: "zstd", 32026: "blosc2"}

// filters reads the steps, in the order in which they were taken.
func filters(data []byte) ([]filter, error) {
	c := &cursor{data: data}
	version, count := c.u8(), int(c.u8())
	if version == 1 {
		c.skip(6)
	}
	var list []filter
	for range count {
		f := filter{id: c.u16()}
		name := 0
		if version == 1 || f.id >= 256 {
			name = int(c.u16())
		}
		c.skip(2) // flags
		values := int(c.u16())
		if version == 1 {
			name = (name + 7) &^ 7
		}
		c.skip(name)
		if values > c.left()/4 {
			return nil, errShort
		}
		for range values {
			f.values = append(f.values, c.u32())
		}
		if version == 1 && values%2 == 1 {
			c.skip(4)
		}
		switch f.id {
		case deflateFilter, checksumFilter, lzfFilter:
		case shuffleFilter:
			if len(f.values) == 0 || f.values[0] == 0 {
				return nil, damaged("list of filters", 0)
			}
		default:
			name := unread[f.id]
			if name == "" {
				name = fmt.Sprintf("filter %d", f.id)
			}
			return nil, fmt.Errorf("data compressed by %s, which isn't read; write it with gzip", name)
		}
		list = append(list, f)
	}
	if c.err != nil || version != 1 && version != 2 {
		return nil, damaged("list of filters", 0)
	}
	return list, nil
}

// inflater undoes deflate again and again with one reader.
type inflater struct{ r io.ReadCloser }

// unpack undoes the filters of a chunk that has so many bytes unpacked; skipped has a bit for each that wasn't used.
// It takes memory in proportion to what comes out.
func (f *File) unpack(list []filter, skipped uint32, data []byte, size int) ([]byte, error) {
	for k := len(list) - 1; k >= 0; k-- {
		if skipped>>k&1 != 0 {
			continue
		}
		var err error
		switch list[k].id {
		case deflateFilter:
			data, err = f.inflate.all(data, size)
		case lzfFilter:
			data, err = unpackLZF(data, size)
		case shuffleFilter:
			data, err = unshuffle(data, int(list[k].values[0]))
		case checksumFilter:
			if len(data) < 4 {
				return nil, errors.New("a damaged chunk of data; copy it again")
			}
			sum := binary.LittleEndian.Uint32(data[len(data)-4:])
			data = data[:len(data)-4]
			if fletcher32(data) != sum {
				err = errors.New("a damaged chunk of data, by its checksum; copy it again")
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if len(data) != size {
		return nil, fmt.Errorf("a chunk of data of %d bytes instead of %d; copy it again", len(data), size)
	}
	return data, nil
}

// all unpacks what deflate packed into at most so many bytes, and four of a checksum.
func (z *inflater) all(data []byte, size int) ([]byte, error) {
	source := bytes.NewReader(data)
	var err error
	if z.r == nil {
		z.r, err = zlib.NewReader(source)
	} else {
		err = z.r.(zlib.Resetter).Reset(source, nil)
	}
	if err != nil {
		z.r = nil
		return nil, fmt.Errorf("a damaged chunk of data (%v); copy it again", err)
	}
	var out bytes.Buffer
	out.Grow(min(size, 4*len(data)) + bytes.MinRead)
	if _, err := out.ReadFrom(io.LimitReader(z.r, int64(size)+5)); err != nil {
		return nil, fmt.Errorf("a damaged chunk of data (%v); copy it again", err)
	}
	return out.Bytes(), nil
}

// unshuffle puts the bytes of elements together that were sorted by their places.
func unshuffle(data []byte, width int) ([]byte, error) {
	if width > len(data) {
		return data, nil
	}
	n := len(data) / width
	out := make([]byte, len(data))
	for k := range width {
		for i, b := range data[k*n : (k+1)*n] {
			out[i*width+k] = b
		}
	}
	copy(out[n*width:], data[n*width:])
	return out, nil
}

// fletcher32 is the checksum of that name, of 16-bit words that begin with their high byte.
func fletcher32(data []byte) uint32 {
	var a, b uint32
	add := func(word uint32) {
		a = (a + word) % 65535
		b = (b + a) % 65535
	}
	for ; len(data) > 1; data = data[2:] {
		add(uint32(data[0])<<8 | uint32(data[1]))
	}
	if len(data) == 1 {
		add(uint32(data[0]) << 8)
	}
	return b<<16 | a
}

// unpackLZF unpacks what LZF packed into at most so many bytes.
func unpackLZF(data []byte, size int) ([]byte, error) {
	bad := errors.New("a damaged chunk of data, packed by LZF; copy it again")
	out := make([]byte, 0, min(size, 4*len(data)))
	for len(data) > 0 {
		control := int(data[0])
		data = data[1:]
		if control < 32 { // bytes as they are
			if n := control + 1; n <= len(data) && n <= size-len(out) {
				out, data = append(out, data[:n]...), data[n:]
				continue
			}
			return nil, bad
		}
		length := control >> 5
		if length == 7 && len(data) > 0 {
			length += int(data[0])
			data = data[1:]
		}
		if len(data) == 0 {
			return nil, bad
		}
		back := (control&31)<<8 + int(data[0]) + 1
		data = data[1:]
		if length += 2; back > len(out) || length > size-len(out) {
			return nil, bad
		}
		for range length { // the two may overlap
			out = append(out, out[len(out)-back])
		}
	}
	return out, nil
}
