package hdf5

import (
	"encoding/binary"
	"errors"
)

// cursor reads little-endian numbers from bytes, one after the other. After the first that isn't there all are 0, and
// err is set.
type cursor struct {
	data []byte
	at   int
	from uint64 // address of the data, for errors
	err  error
}

var errShort = errors.New("a structure that is cut off; copy it again")

// take returns the next bytes.
func (c *cursor) take(n int) []byte {
	if c.err != nil || n < 0 || n > len(c.data)-c.at {
		c.err = errShort
		return nil
	}
	c.at += n
	return c.data[c.at-n : c.at]
}

func (c *cursor) skip(n int) { c.take(n) }

// left is the number of bytes that are still there.
func (c *cursor) left() int { return len(c.data) - c.at }

// uint reads a number of n bytes, at most 8.
func (c *cursor) uint(n int) (v uint64) {
	for i, b := range c.take(n) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

func (c *cursor) u8() byte    { return byte(c.uint(1)) }
func (c *cursor) u16() uint16 { return uint16(c.uint(2)) }
func (c *cursor) u32() uint32 { return uint32(c.uint(4)) }
func (c *cursor) u64() uint64 { return c.uint(8) }

// text reads a text up to a zero byte, and with pad what fills it up to a multiple of 8 bytes.
func (c *cursor) text(pad bool) string {
	for i := c.at; i < len(c.data); i++ {
		if c.data[i] == 0 {
			text := string(c.data[c.at:i])
			n := i + 1 - c.at
			if pad {
				n = (n + 7) &^ 7
			}
			c.skip(n)
			return text
		}
	}
	c.err = errShort
	return ""
}

// checksum compares the next four bytes with the checksum of all before them.
func (c *cursor) checksum(what string) error {
	sum := lookup3(c.data[:c.at])
	if got := c.u32(); c.err != nil || got != sum {
		return damaged(what, c.from)
	}
	return nil
}

// lookup3 is Bob Jenkins' hash of that name, with which the format checks its structures.
func lookup3(data []byte) uint32 {
	rotate := func(x uint32, k int) uint32 { return x<<k | x>>(32-k) }
	a := 0xdeadbeef + uint32(len(data))
	b, c := a, a
	for ; len(data) > 12; data = data[12:] {
		a += binary.LittleEndian.Uint32(data)
		b += binary.LittleEndian.Uint32(data[4:])
		c += binary.LittleEndian.Uint32(data[8:])
		a = (a - c) ^ rotate(c, 4)
		c += b
		b = (b - a) ^ rotate(a, 6)
		a += c
		c = (c - b) ^ rotate(b, 8)
		b += a
		a = (a - c) ^ rotate(c, 16)
		c += b
		b = (b - a) ^ rotate(a, 19)
		a += c
		c = (c - b) ^ rotate(b, 4)
		b += a
	}
	if len(data) == 0 {
		return c
	}
	var last [12]byte
	copy(last[:], data)
	a += binary.LittleEndian.Uint32(last[:])
	b += binary.LittleEndian.Uint32(last[4:])
	c += binary.LittleEndian.Uint32(last[8:])
	c = (c ^ b) - rotate(b, 14)
	a = (a ^ c) - rotate(c, 11)
	b = (b ^ a) - rotate(a, 25)
	c = (c ^ b) - rotate(b, 16)
	a = (a ^ c) - rotate(c, 4)
	b = (b ^ a) - rotate(a, 14)
	return (c ^ b) - rotate(b, 24)
}
