// Package hdf5 reads and writes HDF5 files: groups, attributes, and arrays of numbers and of texts.
//
// It reads what h5py, R and other programs write of these, in all versions of the format up to that of HDF5 2.0: old
// and new groups, object headers and indices of chunks; deflate, shuffle, LZF and Fletcher's checksum. What it doesn't
// read it refuses: virtual and external data, other compressions, references, links to other places.
//
// A file may be damaged or made to harm. No number in it is believed before it fits the file: a reader takes memory in
// proportion to what it finds, and visits a place once. All checksums that the format has are compared.
//
// Its errors complete the phrase "FILE has …", for a caller who knows which file it is.
//
// Format: https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html
package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Signature begins a file, or follows a block of the user's own of 512 bytes, 1024, 2048, ….
const Signature = "\x89HDF\r\n\x1a\n"

// undefined is an address of nothing.
const undefined = ^uint64(0)

// File is an HDF5 file. It may be used by one goroutine at a time.
type File struct {
	r    io.ReaderAt
	size uint64 // bytes of the file
	base uint64 // where the addresses begin
	root uint64

	heaps     map[uint64]*heapCollection // of texts, by address
	heapBytes uint64
	inflate   inflater
}

// Open reads where the file's root is, and checks that the file isn't cut off.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: uint64(max(size, 0)), heaps: map[uint64]*heapCollection{}}
	for at := uint64(0); at+uint64(len(Signature)) <= f.size; at = max(512, 2*at) {
		head, err := f.read(at, uint64(len(Signature)))
		if err != nil {
			return nil, err
		}
		if string(head) == Signature {
			f.base = at
			return f, f.superblock()
		}
	}
	return nil, errors.New("no HDF5 in it")
}

// superblock reads the block that the signature begins.
func (f *File) superblock() error {
	const most = 100
	block, err := f.read(0, min(most, f.size-f.base))
	if err != nil {
		return err
	}
	c := &cursor{data: block}
	c.skip(len(Signature))
	version := c.u8()
	var base, end uint64
	widths := [2]byte{}
	switch {
	case version <= 1:
		c.skip(4)
		widths = [2]byte{c.u8(), c.u8()}
		c.skip(1 + 4 + 4)
		if version == 1 {
			c.skip(4)
		}
		base = c.u64()
		c.skip(8)
		end = c.u64()
		c.skip(8 + 8) // the driver, and the name of the root
		f.root = c.u64()
	case version <= 3:
		widths = [2]byte{c.u8(), c.u8()}
		flags := c.u8()
		base = c.u64()
		c.skip(8)
		end = c.u64()
		f.root = c.u64()
		if err := c.checksum("superblock"); err != nil {
			return err
		}
		if version == 3 && flags&5 != 0 {
			return errors.New("the mark of a program that writes it, or was stopped while it did; write it again")
		}
	default:
		return fmt.Errorf("HDF5 with a superblock of version %d; versions 0 to 3 are read", version)
	}
	switch {
	case c.err != nil:
		return errors.New("a cut off beginning of HDF5; copy it again")
	case widths != [2]byte{8, 8}:
		return fmt.Errorf("HDF5 with addresses of %d and lengths of %d bytes; those of 8 are read", widths[0],
			widths[1])
	case base != f.base:
		return damaged("superblock", 0)
	case end > f.size:
		return fmt.Errorf("%d bytes, and says that it has %d; copy it again", f.size, end)
	}
	return nil
}

// Root is the group that all others are in.
func (f *File) Root() (*Object, error) { return f.object(f.root, "") }

// read reads bytes at an address.
func (f *File) read(at, n uint64) ([]byte, error) {
	if room := f.size - f.base; at > room || n > room-at {
		return nil, fmt.Errorf("a damaged address: %d bytes at %d of %d; copy it again", n, at, room)
	}
	data := make([]byte, n)
	if n == 0 {
		return data, nil
	}
	if got, err := f.r.ReadAt(data, int64(f.base+at)); uint64(got) < n {
		return nil, fmt.Errorf("%d bytes that can't be read: %w", n, err)
	}
	return data, nil
}

// signed reads bytes at an address, of which the first four tell what they are.
func (f *File) signed(at uint64, signature string, n uint64, what string) (*cursor, error) {
	data, err := f.read(at, n)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(data, []byte(signature)) {
		return nil, damaged(what, at)
	}
	return &cursor{data: data, at: len(signature), from: at}, nil
}

// damaged is the error of something that isn't as its format says.
func damaged(what string, at uint64) error {
	return fmt.Errorf("a damaged %s at byte %d; copy it again", what, at)
}
