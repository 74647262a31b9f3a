import COpenSSL
import Glibc
import HTTPServer

/// A certificate that signs itself, in files of its own.
enum TestCertificate {
  static func write(serial: Int, to folder: String) -> TLSFiles {
    let files = TLSFiles(certificate: folder + "/cert.pem", key: folder + "/key.pem")
    let key = makeKey()
    defer { EVP_PKEY_free(key) }
    let certificate = X509_new()
    defer { X509_free(certificate) }
    X509_set_version(certificate, 2)
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial)
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60)
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600)
    X509_set_pubkey(certificate, key)
    let name = X509_get_subject_name(certificate)
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "localhost", -1, -1, 0)
    X509_set_issuer_name(certificate, name)
    X509_sign(certificate, key, nil)
    write(files.certificate) { PEM_write_X509($0, certificate) }
    write(files.key) { PEM_write_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    return files
  }

  private static func makeKey() -> OpaquePointer? {
    let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil)
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    EVP_PKEY_keygen_init(context)
    EVP_PKEY_keygen(context, &key)
    return key
  }

  private static func write(_ path: String, _ body: (UnsafeMutablePointer<FILE>) -> Int32) {
    guard let file = fopen(path, "w") else { return }
    _ = body(file)
    fclose(file)
  }
}

/// A blocking TLS client; used on one thread at a time.
final class TLSTestClient: @unchecked Sendable {
  private let client: TestClient
  private let context: OpaquePointer
  private let session: OpaquePointer

  init?(port: UInt16) {
    guard let client = TestClient.connect(port: port),
      let context = SSL_CTX_new(TLS_client_method()), let session = SSL_new(context)
    else { return nil }
    self.client = client
    self.context = context
    self.session = session
    client.withDescriptor { _ = SSL_set_fd(session, $0) }
    if SSL_connect(session) != 1 { return nil }
  }

  deinit {
    SSL_free(session)
    SSL_CTX_free(context)
  }

  /// The serial number of the server's certificate.
  var serial: Int {
    let certificate = SSL_get1_peer_certificate(session)
    defer { X509_free(certificate) }
    return ASN1_INTEGER_get(X509_get_serialNumber(certificate))
  }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    SSL_write(session, bytes, Int32(bytes.count))
  }

  /// Everything up to `count` bytes after the head, or until the server closes.
  func receive(bodyBytes count: Int) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let end = Array("\r\n\r\n".utf8)
    var bodyStart: Int?
    while true {
      if bodyStart == nil {
        bodyStart = all.indices.first { all[$0...].starts(with: end) }.map { $0 + 4 }
      }
      if let bodyStart, all.count - bodyStart >= count { return Array(all[bodyStart...]) }
      let got = SSL_read(session, &buffer, Int32(buffer.count))
      if got <= 0 { return all }
      all += buffer[..<Int(got)]
    }
  }
}
