"""Private keys behind one interface: ``Signer`` and its back ends: encrypted file; PKCS#11 and SM2 later."""
